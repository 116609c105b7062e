"""The commands that make, list and revoke the keys that a server asks for."""

from __future__ import annotations

from typing import Annotated

import typer

from zeitfrage.assistant.keys import Keys, Scope

keys = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Make, list and revoke the keys that a server asks for.",
)


@keys.command()
def create(
    context: typer.Context,
    scope: Annotated[
        Scope,
        typer.Option(
            "--scope",
            help="ask: ask, search and read. ingest: also put articles in. admin: also delete "
            "and repair.",
        ),
    ],
    name: Annotated[
        str, typer.Option("--name", metavar="TEXT", help="Whose it is, for the list.")
    ] = "",
) -> None:
    """Make a key and print it, for the only time.

    As soon as there is one, a server that starts lets in nobody without.
    """
    from zeitfrage.assistant.cli_output import show_note

    held = _held(context)
    first = not held.all()
    key, text = held.create(scope, name)
    typer.echo(text)
    show_note(f"Its id is {key.id}. It is stored hashed: keep it, it is not shown again.")
    if first:
        show_note("A server that runs asks for keys from its next start on.")


@keys.command("list")
def list_keys(context: typer.Context) -> None:
    """List the keys, oldest first.

    One line for each: id, scope, day and name, separated by tabs.
    """
    from zeitfrage.assistant.cli_output import printable

    for key in _held(context).all():
        typer.echo("\t".join((key.id, key.scope, f"{key.created:%Y-%m-%d}", printable(key.name))))


@keys.command()
def revoke(
    context: typer.Context,
    key_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="As list gives them.")],
) -> None:
    """Revoke keys; a server that runs refuses them at once."""
    from zeitfrage.assistant.cli_output import show_note

    held = _held(context)
    for key_id in key_ids:
        key = held.revoke(key_id)
        show_note(f"Revoked: {key.id} ({key.scope}) {key.name}".rstrip())
    if not held.all():
        show_note("No key is left: a server that starts on this machine lets everybody on it in.")


def _held(context: typer.Context) -> Keys:
    from zeitfrage.config import load_settings

    return Keys(load_settings(data_folder=context.obj).data_folder)
