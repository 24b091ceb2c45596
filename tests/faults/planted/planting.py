"""How a bug gets into a service: one piece replaced in the process that serves, nothing changed on disk."""

import runpy


def serve_with(service: str, owner: object, **wrong: object) -> None:
    """Replace pieces of `owner`, which it must have, and run the service until it ends."""
    for name, piece in wrong.items():
        getattr(owner, name)
        setattr(owner, name, piece)
    runpy.run_module(f"services.{service}", run_name="__main__")
