"""The command `torkham`: reports, checks, look-ups, new claims."""

from __future__ import annotations

import os
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analysis import find_root

if TYPE_CHECKING:
    from reports.site import Surroundings

# Worth doing once and not in every report: most read most of the tables.
PREPARE = ("analysis.ledger:preload",)
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
            from analysis.fetch.http import FetchError
            from analysis.tables import TableError
            from reports.matrix import MatrixError
            from reports.store import StoreError

            if isinstance(error, TableError):
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
@click.option("--scheduler", default="", metavar="ADDRESS",
              help="Make them on a Dask cluster, as tcp://host:8786.")  # fmt: skip
@click.option("--pdf", is_flag=True, help="Also print each report, with page numbers.")
@click.option("--zip", "packed", is_flag=True, help="Also pack the site into site.zip.")
def reports(only: tuple[str, ...], parameter: tuple[str, ...], packed: bool, **terms: Any) -> None:
    """Build the reports of reports.yml that are stale, and the site around them."""
    from reports import engine, matrix, run

    root = find_root()
    with engine.grammar_blocked():
        listing = matrix.load_matrix(root)
    chosen = matrix.select(listing, only)
    if parameter:
        chosen = tuple(matrix.override(listing, report, parameter) for report in chosen)
    around = partial(_surroundings, root)
    settings = run.Settings(prepare=PREPARE, surroundings=around, echo=click.echo, **terms)
    outcome = run.run(root, listing, chosen, settings)
    click.echo(
        f"{outcome.ok} built, {outcome.unchanged} unchanged, {outcome.failed} failed: "
        "site/index.html"
    )
    if packed:
        from reports import share

        click.echo(f"{share.pack(root / 'site', root / 'site.zip')} files packed: site.zip")
    raise SystemExit(outcome.exit_code)


@main.command("list")
def list_reports() -> None:
    """Show every report of reports.yml: current, or stale and why."""
    from reports import engine, matrix, run

    root = find_root()
    with engine.grammar_blocked():
        listing = matrix.load_matrix(root)
    states = run.status(root, listing, partial(_surroundings, root))
    for report, state in states:
        click.echo(f"{report.path:<42} {state}")


@main.command()
def check() -> None:
    """Hold every table against its descriptor and the codebook."""
    from analysis import coding, tables
    from reports.engine import grammar_blocked

    root = find_root()
    with grammar_blocked():
        problems = coding.check_all(root)
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        raise SystemExit(1)
    click.echo(f"{len(tables.names(root))} tables hold to their rules")


@main.command()
@click.argument("actors", nargs=-1, required=True)
@click.option("--since", default="", metavar="DAY", help="What happened from this day on.")
@click.option("--as-of", default="", metavar="DAY", help="What had happened by this day.")
@click.option("--known-by", default="", metavar="DAY", help="What was published by this day.")
def claims(actors: tuple[str, ...], since: str, as_of: str, known_by: str) -> None:
    """Look up the claims that concern all the actors named: torkham claims PAK IEA."""
    from analysis import ledger

    _require_days(since, as_of, known_by)
    book = ledger.load()
    _require_actors(book, *actors)
    found = book.claims(*actors, since=since, until=as_of, known_by=known_by)
    for row in ledger.sources_of(book, found["claim_id"]).to_dict("records"):
        click.echo(_claim_line(row))
        click.echo(f"       {row['publisher']}: {row['title']} {row['url']}")
    click.echo(f"{len(found)} claims on {', '.join(actors)}")


@main.command()
@click.argument("first", metavar="FROM")
@click.argument("second", metavar="TO")
@click.argument("actor", default="")
def changes(first: str, second: str, actor: str) -> None:
    """Show what changed between two days: rungs, ties, figures, claims; of one ACTOR, or all."""
    from analysis import changes, ledger

    _require_days(first, second)
    book = ledger.load()
    _require_actors(book, *filter(None, [actor]))
    if first >= second:
        raise click.UsageError(f"{first} is not before {second}")
    names, changed = book.names(), changes.between(book, first, second, actor)
    click.echo(f"Rungs of the ladder: {len(changed.rungs)}")
    for row in changed.rungs.to_dict("records"):
        day = f" ({row['first_text']})" if row["first_text"] else ""
        click.echo(f"  {names[row['state']]}, {row['rung']}: {row['was']} -> {row['status']}{day}")
    click.echo(f"Ties with another sign: {len(changed.ties)}")
    for row in changed.ties.to_dict("records"):
        pair = f"{names[row['a']]} and {names[row['b']]}"
        net = f"net {row['net_was']:+.1f} -> {row['net_now']:+.1f}"
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
        click.echo(f"  {_claim_line(row)}")


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
def fetch_unga(file: Path | None) -> None:
    """Derive the voting tables of data/ from the archive of recorded votes, or from its FILE."""
    from analysis.fetch import unga

    root = find_root()
    made = unga.fetch(root, tell=click.echo) if file is None else unga.take(root, file)
    for path in made:
        click.echo(f"written: {path.relative_to(root)}")


@main.group()
def new() -> None:
    """Add a row to the ledger."""


@new.command("claim")
def new_claim() -> None:
    """Ask for the fields of a claim by the codebook and append a valid row."""
    from analysis import coding
    from reports.engine import grammar_blocked

    root = find_root()
    _refuse_broken(root)
    allowed = coding.choices(root)
    claim = {
        field["name"]: _ask(field, allowed.get(field["name"], [])) for field in coding.fields(root)
    }
    with grammar_blocked():
        click.echo(f"appended as {coding.append_claim(claim, root)}")


def _ask(field: dict[str, Any], allowed: list[str]) -> str:
    """Answer to one field, asked for until it is one of those allowed."""
    from analysis import coding, tables

    rules = field.get("constraints", {})
    options = rules.get("enum") or allowed
    click.echo(f"\n{field['name']}: {field['description']}")
    if options and len(options) <= 40:
        click.echo("  one of: " + ", ".join(options))
    while True:
        default = None if rules.get("required") else ""
        answer = str(click.prompt(f"  {field['name']}", default=default, show_default=False))
        parts = answer.split(";") if field["name"] in coding.LISTS else [answer]
        strange = [part for part in parts if part and options and part not in options]
        if not strange:
            return answer
        click.echo(f"  {strange[0]!r} is not allowed{tables.nearest(strange[0], options)}")


def _claim_line(row: dict[Any, Any]) -> str:
    firm = "" if row["modality"] == "asserted" else f" [{row['modality']}]"
    return f"{row['claim_id']}  {row['start'] or 'undated':<12}{firm} {row['gloss']}"


def _surroundings(root: Path) -> Surroundings:
    """What the site knows of the ledger, once every table holds to its rules."""
    from analysis import pages

    _refuse_broken(root)
    return pages.surroundings(root)


def _refuse_broken(root: Path) -> None:
    from analysis import coding, tables
    from reports.engine import grammar_blocked

    with grammar_blocked():
        problems = coding.check_all(root)
    if problems:
        raise tables.TableError(problems)


def _require_days(*texts: str) -> None:
    for text in filter(None, texts):
        try:
            date.fromisoformat(text)
        except ValueError:
            raise click.UsageError(f"{text!r} is not a day such as 2025-06-01") from None


def _require_actors(book: Any, *actors: str) -> None:
    from analysis import tables

    known = set(book.actors["actor_id"])
    for actor in actors:
        if actor not in known:
            hint = tables.nearest(actor, known)
            raise click.UsageError(f"no actor {actor!r} in seeds/actors.csv{hint}")


if __name__ == "__main__":
    main()
