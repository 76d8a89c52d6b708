"""A real JupyterLab on loopback, driven by a real Chromium: every notebook run, the form used."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from conftest import ROOT

# One worker: the server and the page are started once.
pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("lab")]
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
# In milliseconds; it is there for a machine whose every core is busy.
PATIENCE = 120_000

# JupyterLab's own commands are what its menus call; with them a test waits for the end of a run
# itself instead of for a change in the looks of the page.
OPEN = """async path => {
  const lab = window.jupyterapp;
  const panel = await lab.commands.execute('docmanager:open', {path, factory: 'Notebook'});
  await panel.context.ready;
  await panel.sessionContext.ready;
  lab.shell.activateById(panel.id);
  await panel.revealed;
}"""
RUN_ALL = "async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
# What the cells show, from the model; and the figures as the browser drew them.
OUTPUTS = """() => {
  const cells = window.jupyterapp.shell.currentWidget.content.model.toJSON().cells;
  return cells.filter(cell => cell.cell_type === 'code');
}"""
FIGURES = """async () => {
  const page = window.jupyterapp.shell.currentWidget;
  const drawn = [...page.node.querySelectorAll('.jp-OutputArea figure img')];
  await Promise.all(drawn.map(image => image.decode().catch(() => null)));
  return drawn.map(image => image.naturalWidth);
}"""
CLOSE = """async () => {
  const panel = window.jupyterapp.shell.currentWidget;
  await panel.sessionContext.shutdown();
  await panel.context.revert();
  panel.close();
}"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the project, so that nothing in the checkout changes."""
    folder = tmp_path_factory.mktemp("lab")
    for name in ("seeds", "data", "notebooks", "analysis", "reports"):
        ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("reports.yml", "jupyter_lab_config.py", "README.md"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(folder / "notebooks", folder / "as-they-were")
    return folder


@pytest.fixture(scope="module")
def server(copy, tmp_path_factory):
    """Address of a JupyterLab started as `make lab` starts it, with settings of its own."""
    home = tmp_path_factory.mktemp("home")
    settings = home / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    # Cells out of sight are drawn too, so that each figure can be looked at without scrolling.
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--config=jupyter_lab_config.py"),
            *("--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"),
            *("--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True"),
            f"--LabApp.user_settings_dir={home / 'settings'}",
        ],
        cwd=copy,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ
        | {f"JUPYTER_{kind}_DIR": str(home) for kind in ("CONFIG", "DATA", "RUNTIME")}
        | {"IPYTHONDIR": str(home), "PYTHONPATH": str(copy)},
    )
    said = []
    for line in process.stderr:
        said.append(line)
        if "is running at" in line:
            break
    else:
        pytest.fail("JupyterLab did not start:\n" + "".join(said))
    # A full pipe would stop it.
    threading.Thread(target=process.stderr.read, daemon=True).start()
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        # It waits for a kernel that was still starting; kernels end with their parent.
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def lab(browser, server):
    """JupyterLab's page, opened once; it may speak to nobody but its own server."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE)
    strangers = []

    def guard(route):
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            strangers.append(route.request.url)
            route.abort()

    page.route("**/*", guard)
    page.goto(server)
    page.wait_for_function("window.jupyterapp && window.jupyterapp.shell.currentWidget?.context")
    yield page
    page.close()
    assert strangers == []


@contextmanager
def opened(lab, name):
    """Open a notebook and run all its cells; shut its kernel down and close it at the end."""
    lab.evaluate(OPEN, f"notebooks/{name}.ipynb")
    lab.evaluate(RUN_ALL)
    try:
        yield
    finally:
        lab.evaluate(CLOSE)


def faults(lab):
    """Errors, cells that were not run, and figures that the browser could not draw."""
    cells = lab.evaluate(OUTPUTS)
    outputs = [(cell["id"], output) for cell in cells for output in cell["outputs"]]
    found = [f"{name}: {o['ename']}" for name, o in outputs if o["output_type"] == "error"]
    found += [f"{cell['id']}: not run" for cell in cells if cell["execution_count"] is None]
    shown = "".join("".join(o.get("data", {}).get("text/html", "")) for _, o in outputs)
    drawn = lab.evaluate(FIGURES)
    if len(drawn) != shown.count("<figure") or not all(drawn):
        found.append(f"{shown.count('<figure')} figures, drawn with widths {drawn}")
    return found


def test_it_opens_on_the_guide_and_asks_nobody_for_news(lab):
    assert lab.url.endswith("/lab/tree/notebooks/index.ipynb")
    lab.get_by_role("heading", name="Explore Torkham").wait_for()
    shipped = lab.evaluate(
        "() => JSON.parse(document.getElementById('jupyter-config-data').textContent)"
    )
    assert "@jupyterlab/apputils-extension:announcements" in shipped["disabledExtensions"]
    assert "--config=jupyter_lab_config.py" in (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in NOTEBOOKS if name != "index"])
def test_every_notebook_runs_from_top_to_bottom(lab, name):
    with opened(lab, name):
        assert faults(lab) == []
        assert lab.locator(".jp-Notebook figure").count() >= 1
        style = "shown => getComputedStyle(shown).borderLeftStyle"
        assert lab.locator(".jp-Notebook .headline").last.evaluate(style) == "solid"


def test_the_guide_runs_and_its_form_changes_the_result(lab, copy):
    with opened(lab, "index"):
        assert faults(lab) == []
        assert lab.locator(".pair figure").count() >= 2
        form = lab.locator(".torkham-form")
        button = form.get_by_role("button", name="Run")
        headline = form.locator(".headline")

        day = form.locator("input[type=date]")
        day.fill("")
        day.press("Tab")
        form.get_by_role("alert").get_by_text("is not a date").wait_for()
        assert button.is_disabled() and headline.count() == 0

        day.fill("2025-06-01")
        day.press("Tab")
        form.get_by_role("alert").wait_for(state="detached")
        button.click()
        headline.get_by_text("By 1 June 2025").wait_for()

        form.locator("select").select_option("RUS Russia")
        day.fill("2026-03-15")
        day.press("Tab")
        button.click()
        headline.get_by_text("By 15 March 2026 the furthest step of Russia").wait_for()
        assert form.locator("figure img").count() >= 1
        # Long after the start: nothing has asked the reader for anything.
        assert lab.locator(".Toastify__toast").count() == 0
    assert not (copy / "site").exists()
    for kept in (copy / "as-they-were").glob("*.ipynb"):
        assert (copy / "notebooks" / kept.name).read_bytes() == kept.read_bytes()
