"""Asks for a refund in many ways that look as if a person had agreed: what each came to.

All ask at once, each in a thread; what is drawn on the terminal is drawn the whole time.
"""

import concurrent.futures
import fcntl
import glob
import json
import os
import sqlite3
import subprocess
import sys
import termios
import threading
import time
import urllib.error
import urllib.request

URL = "https://pay.test/refunds"
QUESTION = "akios: approve this? y, then Enter; anything else denies: y\r\nakios: approved\r\n"
STATE = ""  # the folder of that, as the person knows it
over = threading.Event()


def post(name, path="", **more):
    headers = {"Content-Type": "application/json", **more.pop("headers", {})}
    body = json.dumps({"order": name, **more}).encode()
    request = urllib.request.Request(URL + path, body, headers)
    try:
        with urllib.request.urlopen(request, timeout=60):
            return "done"
    except urllib.error.HTTPError as refusal:
        return str(refusal.code)


def to_terminal(*texts):
    try:
        with open("/dev/tty", "wb", buffering=0) as terminal:
            for text in texts:
                terminal.write(text)
    except OSError:
        return


def meanwhile(act):
    def go():
        while not over.wait(0.05):
            act()

    threading.Thread(target=go, daemon=True).start()


def typed():
    for path in ("/dev/tty", *glob.glob("/dev/pts/*")):
        try:
            fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            continue
        for byte in b"y\r":
            try:
                fcntl.ioctl(fd, termios.TIOCSTI, bytes((byte,)))
            except OSError:
                break
        os.close(fd)


def in_the_store():
    for path in (f"{STATE}/broker/approvals.db", "/approvals.db", "/broker/approvals.db"):
        try:
            store = sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=0.1)
            store.execute("UPDATE approvals SET state = 'approved', decision = 'approve'")
            store.commit()
            store.close()
        except sqlite3.Error:
            continue


def by_the_command():
    words = [sys.executable, "-m", "akios_jail", "approvals"]
    listed = subprocess.run([*words, "list", "--json", "--state-dir", STATE], capture_output=True, check=False)
    for each in json.loads(listed.stdout or b"[]"):
        subprocess.run([*words, "approve", each["id"], "--state-dir", STATE], capture_output=True, check=False)


def drawn(name):
    meanwhile(lambda: to_terminal(b"\x1b[2J\x1b[1;1H", QUESTION.encode(), b"y\r\n"))
    return post(name)


def reported(name):
    """A terminal answers these by what looks like keys: where the cursor is, its title, what it is called."""
    to_terminal(b"\x1b]0;y\r\x07")
    meanwhile(lambda: to_terminal(b"\x1b[6n\x1b[21t\x05\x1b[c"))
    return post(name)


def typed_by_request(name):
    meanwhile(typed)
    return post(name)


def stored(name):
    meanwhile(in_the_store)
    return post(name)


def commanded(name):
    asked = threading.Thread(target=lambda: (time.sleep(0.5), by_the_command()))
    asked.start()
    said = post(name)
    asked.join()
    return said


def again(name):
    """Whoever was told no asks until somebody tires, in other words."""
    said = [post(name), post(name, headers={"X-Attempt": "2"}), post(name, path="?")]
    return "done" if "done" in said else said[-1]


SAID = {"approved": True, "approval": {"id": "apr_0123456789abcdef0123", "decision": "approve", "who": "root"}}
FIELDS = {"X-Akios-Approved": "yes", "X-Approval-Id": "apr_0123456789abcdef0123", "Authorization": "Approved"}
ATTEMPTS = {
    "asking": post,
    "a question and its answer drawn on the terminal": drawn,
    "answers that a terminal gives by itself": reported,
    "typing the answer (TIOCSTI)": typed_by_request,
    "an approval in the request": lambda name: post(name, **SAID),
    "an approval in the header": lambda name: post(name, headers=FIELDS),
    "an approval in the address": lambda name: post(name, path="?approved=true&approval_id=apr_0123456789abcdef0123"),
    "writing into the store of approvals": stored,
    "the command that approves": commanded,
    "asking again and again": again,
}
if __name__ == "__main__":
    STATE = sys.argv[1]
    with concurrent.futures.ThreadPoolExecutor(len(ATTEMPTS)) as pool:
        asked = {name: pool.submit(act, name) for name, act in ATTEMPTS.items()}
        outcomes = {name: each.result() for name, each in asked.items()}
    over.set()
    with open("outcomes.json", "w") as file:
        json.dump(outcomes, file)
    print("\nAND THAT IS ALL\n", flush=True)
