"""Namespace entry: a program of its own that starts a process in a new PID namespace, or in one that is there.

It imports nothing of the package, because `python -I -S` starts it in a few milliseconds. On its channel it says the
process's number on the machine and, when that has ended, its wait status.
"""

import ctypes
import os
import signal
import sys

CLONE_NEWUSER, CLONE_NEWPID, PR_SET_PDEATHSIG = 0x10000000, 0x20000000, 1


def libc_call(name: str, *arguments: int) -> None:
    """Call a function of the C library; OSError where it fails. Python has `os.unshare` only since 3.12."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)


def unshared(user: int, group: int) -> None:
    """Make a PID namespace for the next child; without the rights of root, in a user namespace of its own."""
    if user == 0:
        libc_call("unshare", CLONE_NEWPID)
        return
    libc_call("unshare", CLONE_NEWUSER | CLONE_NEWPID)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def joined(pid: int) -> None:
    """Let the next child be one of the PID namespace of a process, which may be in a user namespace too."""
    for kind, flag in (("user", CLONE_NEWUSER), ("pid", CLONE_NEWPID)):
        there, mine = f"/proc/{pid}/ns/{kind}", f"/proc/self/ns/{kind}"
        if os.stat(there).st_ino == os.stat(mine).st_ino:
            continue
        place = os.open(there, os.O_RDONLY)
        libc_call("setns", place, flag)
        os.close(place)


def begun(path: str, words: list[str]) -> None:
    """Become the program: with the usual answer to every signal, and killed if the one that waits for it is."""
    libc_call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        try:
            signal.signal(number, signal.SIG_DFL)
        except (OSError, ValueError):
            continue
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    try:
        os.execv(path, words)
    except OSError as error:
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)


def main(channel: int, place: str, path: str, words: list[str]) -> None:
    """Start a process and wait for its end. `place` is "new", or the number of a process in the namespace to enter."""
    os.set_inheritable(channel, False)
    try:
        if place == "new":
            unshared(os.getuid(), os.getgid())
        else:
            joined(int(place))
        child = os.fork()
    except OSError as error:
        os.write(channel, f"no {error.strerror}\n".encode())
        return
    if child == 0:
        begun(path, words)
    os.write(channel, f"{child}\n".encode())
    os.write(channel, f"{os.waitpid(child, 0)[1]}\n".encode())


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:])
