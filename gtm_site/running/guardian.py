"""Run a command and end it when our standard input closes: `guardian.py SIGNAL COMMAND [ARG ...]`.

For systems without PR_SET_PDEATHSIG. The parent holds the other end of the pipe; when it dies, however it dies, the
pipe closes. Signals sent to the guardian are handed on, so that it stands for its child.
"""

import os
import signal
import subprocess
import sys
import threading


def main() -> int:
    stop_signal, command = int(sys.argv[1]), sys.argv[2:]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: child.send_signal(received))

    def end_with_parent() -> None:
        while os.read(0, 1024):  # not sys.stdin: a thread that holds its lock would abort the interpreter's shutdown
            pass
        child.send_signal(stop_signal)

    threading.Thread(target=end_with_parent, daemon=True).start()
    status = child.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
