"""Entry point of the `market` command."""

import typer

from cli import topics

app = typer.Typer(help="Run and look after a technology market.", no_args_is_help=True)
app.add_typer(topics.app, name="topics")

if __name__ == "__main__":
    app()
