"""The command line: each command asks the collection, here or through the server that holds it."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from zeitfrage.assistant.cli_evaluate import evaluate
from zeitfrage.assistant.cli_keys import keys
from zeitfrage.assistant.cli_mcp import mcp
from zeitfrage.assistant.cli_upkeep import check, rebuild
from zeitfrage.assistant.cli_watch import inputs_of, watch
from zeitfrage.config.errors import ZeitfrageError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from zeitfrage.assistant.access import Access
    from zeitfrage.assistant.api_models import FiltersModel
    from zeitfrage.config import Settings

    M = TypeVar("M", bound=BaseModel)

# Everything else is imported inside the commands, so that --help stays instant.

app = typer.Typer(
    # Boxes and colours in the help would get in the way of grep.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; an error that a user can mend ends it with a sentence and code 2.

    Args:
        arguments: default: those that the process was started with.

    Raises:
        SystemExit: always, with the exit code.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character must not cost the answer.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        app(arguments)
    except ZeitfrageError as error:
        from zeitfrage.assistant.cli_output import show_error

        show_error(error)
        sys.exit(2)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"zeitfrage {version('zeitfrage')}")
        raise typer.Exit


Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="DATE",
        help="Only articles from this day, month or year on: 2018, 2018-02 or 2018-02-15.",
    ),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="DATE", help="Only articles up to the end of it."),
]
Source = Annotated[
    str | None, typer.Option("--source", metavar="NAME", help="Only articles of this source.")
]
Section = Annotated[
    str | None, typer.Option("--section", metavar="NAME", help="Only articles of this section.")
]
Language = Annotated[
    str | None, typer.Option("--language", metavar="CODE", help="Only articles in it: de, en …")
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="The day that counts as today."),
]
Recency = Annotated[
    float | None,
    typer.Option(
        "--recency", min=0.0, max=1.0, help="How much newer articles are preferred. [0 to 1]"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON, as the API gives it.")]
Question = Annotated[str, typer.Argument(metavar="QUESTION", help="In any language.")]


@app.callback(invoke_without_command=True)
def zeitfrage(
    context: typer.Context,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="FOLDER", help="Where articles and index are kept."),
    ] = None,
    version: Annotated[  # noqa: ARG001
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Ask your news articles. Every answer cites the very words."""
    context.obj = data
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def ingest(
    context: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH|URL...",
            help="Files, folders and web addresses: text, web pages, feeds, sitemaps, agency "
            "formats, tables, documents, mail, web archives; README.md lists the forms.",
        ),
    ] = [],  # noqa: B006
    urls: Annotated[
        Path | None,
        typer.Option("--urls", metavar="FILE", help="Read more addresses from it, one a line."),
    ] = None,
    pages: Annotated[
        bool, typer.Option("--pages", help="Fetch the page behind each entry of a feed too.")
    ] = False,
    columns: Annotated[
        list[str],
        typer.Option(
            "--column",
            metavar="FIELD=NAME",
            help="Of tables, which column holds a field: text=Inhalt. May be given several times.",
        ),
    ] = [],  # noqa: B006
    report_file: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="FILE", help="Write a line of JSON for each input to this file."
        ),
    ] = None,
) -> None:
    """Put articles into the collection.

    Those that are in it already, unchanged, are skipped. Ctrl-C stops; the next run goes on.
    """
    from zeitfrage.assistant.cli_output import IngestReport, show_columns
    from zeitfrage.index.loaders import named_columns

    held = named_columns(columns)
    inputs = inputs_of(paths, urls, pages)
    with closing(_reach(context)) as access, IngestReport(report_file) as report:
        show_columns(inputs, held)
        for result in access.ingest(inputs, report.show_progress, held):
            report.add(result)
    if report.interrupted:
        raise typer.Exit(130)
    if report.rejected:
        raise typer.Exit(1)


@app.command()
def ask(
    context: typer.Context,
    question: Question,
    as_json: AsJson = False,
    since: Since = None,
    until: Until = None,
    source: Source = None,
    section: Section = None,
    language: Language = None,
    as_of: AsOf = None,
) -> None:
    """Answer a question from the articles.

    Prints the answer, then the words that prove it, with title, date and source.
    """
    from zeitfrage.assistant import cli_output
    from zeitfrage.assistant.api_models import AnswerRequest

    filters = _filters(since, until, source, section, language)
    asked = _checked(AnswerRequest, question=question, filters=filters, as_of=as_of)
    with closing(_reach(context, asks=True)) as access:
        answer = access.ask(asked, cli_output.drop_piece if as_json else cli_output.show_piece)
    if as_json:
        cli_output.show_json(answer)
    else:
        cli_output.show_sources(answer)


@app.command()
def search(
    context: typer.Context,
    question: Question,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="At most so many.")] = 8,
    recency: Recency = None,
    as_json: AsJson = False,
    since: Since = None,
    until: Until = None,
    source: Source = None,
    section: Section = None,
    language: Language = None,
) -> None:
    """Find the passages that fit a question."""
    from zeitfrage.assistant import cli_output
    from zeitfrage.assistant.api_models import SearchRequest

    filters = _filters(since, until, source, section, language)
    asked = _checked(
        SearchRequest, question=question, limit=limit, filters=filters, recency=recency
    )
    with closing(_reach(context)) as access:
        found = access.search(asked)
    if as_json:
        cli_output.show_json(found)
    else:
        cli_output.show_passages(found.passages)


@app.command("list")
def list_articles(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many.")] = 50,
    offset: Annotated[int, typer.Option("--offset", min=0, help="Leave out so many.")] = 0,
    as_json: AsJson = False,
    since: Since = None,
    until: Until = None,
    source: Source = None,
    section: Section = None,
    language: Language = None,
) -> None:
    """List articles, newest first.

    One line for each: id, date, title and source, separated by tabs.
    """
    from zeitfrage.assistant import cli_output

    filters = _filters(since, until, source, section, language)
    with closing(_reach(context)) as access:
        listed = access.articles(limit, offset, filters)
    if as_json:
        cli_output.show_json(listed)
    else:
        cli_output.show_articles(listed.articles)


@app.command()
def show(
    context: typer.Context,
    article_id: Annotated[str, typer.Argument(metavar="ID", help="As list and search give it.")],
    as_json: AsJson = False,
    versions: Annotated[
        bool, typer.Option("--versions", help="List all its versions, newest first.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what changed since the version before.")
    ] = False,
) -> None:
    """Print a whole article."""
    from zeitfrage.assistant import cli_output

    with closing(_reach(context)) as access:
        if not (versions or diff):
            article = access.article(article_id)
            (cli_output.show_json if as_json else cli_output.show_article)(article)
            return
        listed = access.versions(article_id)
        newest = [access.version(article_id, held.version) for held in listed.versions[:2]]
    if diff:
        cli_output.show_difference(*newest)
    elif as_json:
        cli_output.show_json(listed)
    else:
        cli_output.show_versions(listed.versions)


@app.command()
def delete(
    context: typer.Context,
    article_ids: Annotated[list[str], typer.Argument(metavar="ID...")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
) -> None:
    """Remove articles and their index."""
    from zeitfrage.assistant.cli_output import show_deleted

    with closing(_reach(context)) as access:
        # All are looked up first: one wrong id, and none is deleted.
        articles = [access.article(article_id) for article_id in dict.fromkeys(article_ids)]
        if not yes:
            titles = ", ".join(repr(article.title) for article in articles)
            typer.confirm(f"Delete {titles}?", abort=True)
        for article in articles:
            access.delete(article.id)
            show_deleted(article)


@app.command()
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Say what the collection holds."""
    from zeitfrage.assistant import cli_output

    with closing(_reach(context)) as access:
        held = access.status()
    if as_json:
        cli_output.show_json(held)
    else:
        cli_output.show_status(held)


@app.command()
def samples(context: typer.Context) -> None:
    """Put the sample articles in."""
    from zeitfrage.assistant.server import SAMPLES

    ingest(context, [str(SAMPLES)])


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option("--host", help="The address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="The port.")] = None,
) -> None:
    """Serve the chat and the API."""
    from zeitfrage.assistant.server import serve as run_server

    run_server(_settings(context, host=host, port=port))


app.command("eval")(evaluate)
app.command()(check)
app.command()(mcp)
app.command()(rebuild)
app.command()(watch)
app.add_typer(keys, name="keys")


def _filters(
    since: str | None,
    until: str | None,
    source: str | None,
    section: str | None,
    language: str | None,
) -> FiltersModel:
    from zeitfrage.assistant.api_models import FiltersModel

    given = {"since": since, "until": until, "source": source, "section": section}
    return _checked(FiltersModel, **given, language=language)


def _checked(kind: type[M], **fields: object) -> M:
    """Make a request as the API would, which refuses what is not allowed."""
    from pydantic import ValidationError

    try:
        return kind(**fields)
    except ValidationError as error:
        problem = error.errors()[0]
        allowed = problem["msg"].removeprefix("Value error, ")
        name = str(problem["loc"][-1]).replace("_", "-")
        raise ZeitfrageError(f"{name} = {problem['input']!r} is not allowed: {allowed}.") from error


def _settings(context: typer.Context, **options: object) -> Settings:
    from zeitfrage.config import load_settings

    return load_settings(data_folder=context.obj, **options)


def _reach(context: typer.Context, asks: bool = False) -> Access:
    from zeitfrage.assistant.access import reach

    return reach(_settings(context), asks)
