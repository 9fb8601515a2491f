"""The `pulpo` command's entry point."""

from cli.support.interrupts import ctrl_c_ends_quietly


def main() -> None:
    """Loads the command line and runs it."""
    with ctrl_c_ends_quietly():
        from cli.main import app
    app()


if __name__ == "__main__":
    main()
