"""`python -m connectors.sandbox serve|day`: the simulated hospital group, and its working day."""

from __future__ import annotations

import argparse
import sys

from connectors.sandbox import settings
from connectors.sandbox.day import Day
from connectors.sandbox.senders import HubAway
from connectors.sandbox.serving import serve
from connectors.sandbox.watching import manage
from hub.supervisor import Stopped, say


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox", description=__doc__)
    parser.add_argument("what", choices=["serve", "day"], help="run the outside systems, or send the day")
    if parser.parse_args().what == "serve":
        try:
            serve()
        except Stopped:
            return 0
        return 0
    return day()


def day() -> int:
    try:
        Day(settings.state_dir()).run()
    except HubAway as away:
        say(f"The hub takes nothing for {away} any more; start again to go on with the day.")
        return 1
    except KeyboardInterrupt:
        return 130
    return manage("demo_report")


if __name__ == "__main__":
    sys.exit(main())
