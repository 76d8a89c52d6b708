"""What `make lab` starts: the guide, and no request to anyone but this machine."""


def without_news(handler, page_config):
    """Page as JupyterLab set it up, less the part that asks for news and updates."""
    page_config["disabledExtensions"].append("@jupyterlab/apputils-extension:announcements")
    return page_config


c = get_config()  # noqa: F821 (JupyterLab puts it there)
c.LabApp.default_url = "/lab/tree/notebooks/index.ipynb"
# The other kind of manager lists what PyPI offers.
c.LabApp.extension_manager = "readonly"
# Exhibits in a notebook look as they do in a report: custom.css.
c.LabApp.custom_css = True
c.ServerApp.tornado_settings = {
    "page_config_hook": without_news,
    "static_custom_path": ["analysis/templates"],
}
