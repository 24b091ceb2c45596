"""Run as a script in front of every server and service: ties the command's life to its parent's, then becomes it.

    python tether.py PARENT_PID COMMAND [ARGUMENT ...]

A script of its own, because code between fork and exec (`preexec_fn`) can deadlock in a parent that has threads.
Linux only: elsewhere the command simply runs and outlives a parent that was killed.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Ask the kernel for SIGKILL on the parent's death; the request survives exec."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent ended before its child began")
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
