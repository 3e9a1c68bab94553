"""Set-up check: whether this computer is ready for the lessons, one line for each thing that was tried."""

from layerlab.engines import setup


def check() -> int:
    """Print a line for each thing as soon as it was tried; return the exit code."""
    works = True
    for finding in setup.findings():
        works = works and (finding.works or not finding.needed)
        print(_line(finding), flush=True)  # at once, because starting a kernel takes seconds
    print("Ready for the lessons." if works else "Not ready: install layerlab again with pip, or run make lab.")
    return 0 if works else 1


def _line(finding: setup.Finding) -> str:
    text = f"{finding.what:<14}{finding.detail}"
    if finding.works:
        return f"ok  {text}"
    if finding.needed:
        return f"NO  {text}"
    return f"-   {text} (only for what is on your own machine)"
