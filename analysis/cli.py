"""The command `torkham`: reports, checks, look-ups, new claims."""

from __future__ import annotations

import os
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analysis.project import find_root

if TYPE_CHECKING:
    from analysis.reports.batch import Surroundings
    from analysis.reports.layout import Guide
    from analysis.reports.matrix import Matrix, Report

# Worth doing once and not in every report: most read most of the tables, and all draw.
IN_COMMON = ("analysis.tables:preload", "analysis.ledger:load", "analysis.exhibits.figure:prepare")
EXIT_CODES = """\b
Exit codes: 0 all well; 1 a report failed or was not printed, a table is broken (check), or a
source did not answer (fetch);
2 the call itself is wrong and nothing was run. What ran, how long it took,
and why it failed stand in site/run.json."""


class _Errors(click.Group):
    """Shows the project's own errors as one clear message instead of a traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except click.exceptions.Exit:
            raise
        except (ValueError, RuntimeError) as error:
            # Only now: whoever has nothing to build should not wait for pandas.
            from analysis import tables
            from analysis.fetch import FetchError
            from analysis.reports.matrix import MatrixError
            from analysis.reports.store import StoreError

            if isinstance(error, tables.TableError):
                click.echo(f"{error}\nRun `torkham check` for the whole list.", err=True)
                context.exit(2)
            if isinstance(error, (MatrixError, StoreError)):
                click.echo(str(error), err=True)
                context.exit(2)
            if isinstance(error, FetchError):
                click.echo(str(error), err=True)
                context.exit(1)
            raise


@click.group(cls=_Errors, epilog=EXIT_CODES)
def main() -> None:
    """Reports on Pakistan, Afghanistan and their neighbours, traceable to the source."""


@main.command(epilog=EXIT_CODES)
@click.option("--only", multiple=True, metavar="GLOB", help="Reports to build; may be repeated.")
@click.option("-p", "--parameter", multiple=True, metavar="NAME=VALUE",
              help="Change a parameter; the report gets a name of its own.")  # fmt: skip
@click.option("-j", "--jobs", type=click.IntRange(1), default=os.cpu_count() or 1,
              show_default="one a core", help="Worker processes.")  # fmt: skip
@click.option("--fresh", is_flag=True, help="Build again even what has not changed.")
@click.option("--scheduler", metavar="ADDRESS",
              help="Make them on a Dask cluster, as tcp://host:8786.")  # fmt: skip
@click.option("--pdf", is_flag=True, help="Also print each report, with page numbers.")
@click.option("--zip", "packed", is_flag=True, help="Also pack the site into site.zip.")
def reports(
    only: tuple[str, ...], parameter: tuple[str, ...], jobs: int, fresh: bool, pdf: bool,
    packed: bool, scheduler: str | None,
) -> None:  # fmt: skip
    """Build the reports of reports.yml that are stale, and the site around them."""
    from analysis.reports import batch, matrix

    root = find_root()
    listing = matrix.load_matrix(root)
    chosen = list(matrix.select(listing, only))
    if parameter:
        chosen = [matrix.override(listing, report, parameter) for report in chosen]
    around = cache(partial(_surroundings, root))
    outcome = batch.run(
        root, chosen, listing, jobs, fresh, click.echo, around, IN_COMMON, scheduler or ""
    )
    click.echo(
        f"{outcome.ok} built, {outcome.unchanged} unchanged, {outcome.failed} failed: "
        "site/index.html"
    )
    unprinted = pdf and not _print_reports(root, chosen, listing, around().guide, jobs)
    if packed:
        from analysis.reports import share

        click.echo(f"{share.pack(root / 'site', root / 'site.zip')} files packed: site.zip")
    raise SystemExit(1 if unprinted else outcome.exit_code)


def _surroundings(root: Path) -> Surroundings:
    """What the site knows of the ledger, once every table holds to its rules."""
    from analysis import ledger, pages
    from analysis.reports.batch import Surroundings

    _refuse_broken(root)
    book = ledger.load(root, include_unconfirmed=True)
    beside = pages.pages(book, root)
    return Surroundings(pages.guide(book, beside), beside, ("analysis.pages",), pages.READS)


def _print_reports(
    root: Path, chosen: list[Report], listing: Matrix, guide: Guide, jobs: int
) -> bool:
    """Print the reports and say how it went; whether all went well."""
    from analysis.reports import share

    try:
        printed = share.print_reports(root, chosen, listing, guide, jobs, click.echo)
    except share.ShareError as error:
        click.echo(str(error), err=True)
        return False
    click.echo(
        f"{printed.done} printed, {printed.unchanged} printed before, "
        f"{len(printed.failed)} not printed"
    )
    return not printed.failed


@main.command("list")
def list_reports() -> None:
    """Show every report of reports.yml: current, or stale and why."""
    from analysis.reports import batch, matrix

    root = find_root()
    around = partial(_surroundings, root)
    for report, state in batch.status(root, matrix.load_matrix(root), around):
        click.echo(f"{report.path:<42} {state}")


@main.command()
def check() -> None:
    """Hold every table against its descriptor and the codebook."""
    from analysis import checks, tables

    root = find_root()
    problems = checks.check_all(root)
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        raise SystemExit(1)
    click.echo(f"{len(tables.names(root))} tables hold to their rules")


@main.command()
@click.argument("actors", nargs=-1, required=True)
@click.option("--as-of", default="", metavar="DAY", help="What had happened by this day.")
@click.option("--known-by", default="", metavar="DAY", help="What was published by this day.")
def claims(actors: tuple[str, ...], as_of: str, known_by: str) -> None:
    """Look up the claims that concern all the actors named: torkham claims PAK IEA."""
    from analysis import ledger, tables

    book = ledger.load()
    for actor in actors:
        if actor not in set(book.actors["actor_id"]):
            hint = tables.nearest(actor, book.actors["actor_id"])
            raise click.UsageError(f"no actor {actor!r} in seeds/actors.csv{hint}")
    for day in filter(None, (as_of, known_by)):
        _require_day(day)
    found = ledger.concerning(book, actors, as_of, known_by)
    for row in ledger.sources_of(book, found["claim_id"]).to_dict("records"):
        firm = "" if row["modality"] == "asserted" else f" [{row['modality']}]"
        click.echo(f"{row['claim_id']}  {row['start'] or 'undated':<12}{firm} {row['gloss']}")
        click.echo(f"       {row['publisher']}: {row['title']} {row['url']}")
    click.echo(f"{len(found)} claims on {', '.join(actors)}")


@main.group()
def fetch() -> None:
    """Bring tables from their source into data/snapshots/, whole or not at all."""


@fetch.command("unhcr")
@click.option("--address", metavar="URL", help="A mirror, or where the API has moved to.")
def fetch_unhcr(address: str | None) -> None:
    """Fetch UNHCR's tables for all origins and asylums.

    refugee_statistics reads them with release=latest. Each fetch is a release
    of its own, named by its day; delete its folder to be rid of it. Cite it as
    its metadata.json says.
    """
    from analysis.fetch import unhcr

    root = find_root()
    release = unhcr.fetch(root, address or unhcr.ADDRESS, tell=click.echo)
    click.echo(f"complete: {release.relative_to(root)}")


@fetch.command("unga")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--address", metavar="URL", help="Another Dataverse that holds the archive.")
@click.option("--version", metavar="NUMBER", help="A version of it such as 32.0, not the latest.")
@click.option("--name", metavar="PATTERN", help="Name of the file in it.")
def fetch_unga(
    file: Path | None, address: str | None, version: str | None, name: str | None
) -> None:
    """Fetch every recorded vote of the General Assembly, or read them from FILE.

    FILE is Voeten's (CSV, tab, R, Parquet) or the UN Library's CSV. `torkham
    build unga` makes the tables of data/ from the newest release.
    """
    from dataclasses import replace

    from analysis.fetch import unga

    root = find_root()
    if file is not None:
        release = unga.take(root, file, tell=click.echo)
    else:
        told = {"address": address, "version": version, "file": name}
        archive = replace(unga.ARCHIVE, **{key: value for key, value in told.items() if value})
        release = unga.fetch(root, archive, tell=click.echo)
    click.echo(f"complete: {release.relative_to(root)}")


@main.group()
def build() -> None:
    """Derive embedded tables of data/ anew from what was fetched."""


@build.command("unga")
def build_unga() -> None:
    """Derive the voting tables of data/ from the newest release of `torkham fetch unga`."""
    from analysis.fetch import embed, unga

    root = find_root()
    for path in embed.write(embed.build(unga.latest(root), root), root):
        click.echo(str(path.relative_to(root)))


@main.command()
@click.argument("first", metavar="DAY")
@click.argument("second", metavar="DAY")
@click.option("--actor", default="", metavar="ID", help="Only what concerns this actor.")
def diff(first: str, second: str, actor: str) -> None:
    """Show what changed between two days: rungs, ties, figures, claims."""
    from analysis import audit, ledger

    for day in (first, second):
        _require_day(day)
    book = ledger.load()
    try:
        changed = audit.changes(book, first, second, actor)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    names = book.short_names()
    click.echo(f"Rungs of the ladder: {len(changed.rungs)}")
    for row in changed.rungs.to_dict("records"):
        date = f" ({row['first_text']})" if row["first_text"] else ""
        click.echo(f"  {names[row['state']]}, {row['rung']}: {row['was']} -> {row['status']}{date}")
    click.echo(f"Ties with another sign: {len(changed.ties)}")
    for row in changed.ties.to_dict("records"):
        net = f"net {row['net_was']:+.1f} -> {row['net_now']:+.1f}"
        pair = f"{names[row['a']]} and {names[row['b']]}"
        click.echo(f"  {pair}: {row['was']} -> {row['now']} ({net})")
    click.echo(f"Published figures: {len(changed.figures)}")
    for row in changed.figures.to_dict("records"):
        window = f"{row['start']} to {row['end']}" if row["start"] else row["end"]
        ends = dict.fromkeys(f"{row[end]:,.6g}" for end in ("low", "high"))
        click.echo(
            f"  {row['figure_id']}  {row['counts']}, {row['places']}, {window}: "
            f"{' to '.join(ends)} {row['unit']} ({row['bound'].replace('_', ' ')}), "
            f"counted by {row['counted_by']}"
        )
    click.echo(f"Claims: {len(changed.claims)}")
    for row in changed.claims.to_dict("records"):
        firm = "" if row["modality"] == "asserted" else f" [{row['modality']}]"
        click.echo(f"  {row['claim_id']}  {row['start'] or 'undated':<12}{firm} {row['gloss']}")


@main.group()
def new() -> None:
    """Add a row to the ledger."""


@new.command("claim")
def new_claim() -> None:
    """Ask for the fields of a claim by the codebook and append a valid row."""
    from analysis import coding

    root = find_root()
    _refuse_broken(root)
    allowed = coding.choices(root)
    claim = {}
    for field in coding.fields(root):
        claim[field["name"]] = _ask(field, allowed.get(field["name"], []))
    click.echo(f"appended as {coding.append_claim(claim, root)}")


def _ask(field: dict[str, Any], allowed: list[str]) -> str:
    from analysis import tables

    rules = field.get("constraints", {})
    options = rules.get("enum") or allowed
    click.echo(f"\n{field['name']}: {field['description']}")
    if options and len(options) <= 40:
        click.echo("  one of: " + ", ".join(options))
    while True:
        default = None if rules.get("required") else ""
        answer = click.prompt(f"  {field['name']}", default=default, show_default=False, type=str)
        parts = (
            str(answer).split(";")
            if field["name"] in ("actors", "recipients", "mediators")
            else [str(answer)]
        )
        strange = [part for part in parts if part and options and part not in options]
        if not strange:
            return str(answer)
        click.echo(f"  {strange[0]!r} is not allowed{tables.nearest(strange[0], options)}")


def _refuse_broken(root: Path) -> None:
    from analysis import checks, tables

    problems = checks.check_all(root)
    if problems:
        raise tables.TableError(problems)


def _require_day(text: str) -> None:
    from datetime import date

    try:
        date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is not a day such as 2025-06-01") from None


if __name__ == "__main__":
    main()
