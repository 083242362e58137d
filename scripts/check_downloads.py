#!/usr/bin/env python3
"""Tries the download scripts against a server of its own: whole and broken transfers, wrong archives, no network.

    check_downloads.py        (after ./scripts/build; needs curl, unzip, tar)
"""
import http.server
import io
import os
import subprocess
import tarfile
import tempfile
import threading
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests/golden/data/pth"
PRETRAINED, DATASETS = "/rJJD8qKtZCN0ayo/download", "/xzfKyedRRk5DKxy/download"


class Server(http.server.ThreadingHTTPServer):
    """`files` by path; the first `breaks` answers stop in the middle; `ranges`: whether it can go on there."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.breaks, self.ranges, self.requests = {}, 0, True, []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        data, server = self.server.files.get(self.path), self.server
        if data is None:
            return self.send_error(404)
        wanted = self.headers.get("Range")
        server.requests.append(wanted)
        start = int(wanted[len("bytes="):-1]) if wanted and server.ranges else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        end = len(data)
        if server.breaks:
            server.breaks -= 1
            end = start + (len(data) - start) // 2
        self.wfile.write(data[start:end])

    def log_message(self, *arguments):
        pass


def pretrained():
    out = io.BytesIO()
    models = "experiments/ButtonPress/models"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(GOLDEN / "savi_small_old_adam.pth", f"{models}/SAVi_ButtonPress.pth")
        predictor = "experiments/ButtonPress/predictors/PlaySlot"
        archive.write(GOLDEN / "slotsingleaction_small.pth",
                      f"{predictor}/models/PlaySlot_ButtonPress.pth")
        archive.write(GOLDEN / "policy_small.pth",
                      f"{predictor}/behaviors/Policy_AllDemos/models/Policy_ButtonPress.pth")
    return out.getvalue()


def datasets(names):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in names:
            entry = tarfile.TarInfo(f"datasets/{name}/train/0/actions.npy")
            entry.size = 70000
            archive.addfile(entry, io.BytesIO(os.urandom(entry.size)))
    return out.getvalue()


def run(script, base, folder, *, code=0, says=""):
    environment = {**os.environ, "PLAYSLOT_DOWNLOAD_BASE": base}
    done = subprocess.run([ROOT / "scripts" / script, *folder], env=environment, text=True,
                          capture_output=True)
    output = done.stdout + done.stderr
    assert done.returncode == code, f"{script}: exit {done.returncode}: {output}"
    assert says in output, f"{script}: no '{says}' in: {output}"


def check(title, breaks=0, ranges=True):
    def wrap(body):
        with tempfile.TemporaryDirectory() as folder:
            server = Server()
            server.breaks, server.ranges = breaks, ranges
            body(server, Path(folder))
            server.shutdown()
        print(f"ok: {title}")
    return wrap


@check("pretrained: transfer breaks twice, goes on, imports", breaks=2)
def _(server, folder):
    server.files[PRETRAINED] = pretrained()
    run("download_pretrained", server.url(), [str(folder)], says="3 of 3 checkpoints imported")
    assert len(server.requests) == 3 and server.requests[1].startswith("bytes=")
    models = folder / "experiments/ButtonPress/models"
    assert sorted(p.name for p in models.iterdir()) == ["SAVi_ButtonPress.pth",
                                                        "SAVi_ButtonPress.safetensors"]
    assert not list(folder.glob("*.zip*")) and not list(folder.glob("*.tmp"))
    run("download_pretrained", "http://127.0.0.1:9", ["--import", str(folder)], says="3 of 3")


@check("pretrained: a server that cannot go on", breaks=1, ranges=False)
def _(server, folder):
    server.files[PRETRAINED] = pretrained()
    run("download_pretrained", server.url(), [str(folder)], says="from the beginning")


@check("pretrained: a run that was broken off goes on in the next", breaks=6)
def _(server, folder):
    server.files[PRETRAINED] = pretrained()
    run("download_pretrained", server.url(), [str(folder)], code=1, says="keeps breaking")
    before = len(server.requests)
    run("download_pretrained", server.url(), [str(folder)], says="going on after")
    assert server.requests[before] != "bytes=0-" and len(server.requests) == before + 1


@check("pretrained: not an archive, another archive, nothing there")
def _(server, folder):
    server.files[PRETRAINED] = b"<html>please log in</html>"
    run("download_pretrained", server.url(), [str(folder)], code=1, says="no whole zip archive")
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("readme.txt", "hello")
    server.files[PRETRAINED] = other.getvalue()
    run("download_pretrained", server.url(), [str(folder)], code=1, says="holds none of the expected")
    del server.files[PRETRAINED]
    run("download_pretrained", server.url(), [str(folder / "new")], code=1, says="the server has no")


@check("no network")
def _(server, folder):
    run("download_pretrained", "http://127.0.0.1:9", [str(folder)], code=1, says="no network")
    run("download_datasets", "http://no-such-host.invalid", [str(folder)], code=1, says="no network")


@check("datasets: transfer breaks, goes on, unpacks", breaks=1)
def _(server, folder):
    server.files[DATASETS] = datasets(["ButtonPress", "BlockPush", "Expert_ButtonPress"])
    run("download_datasets", server.url(), [str(folder)], says="BlockPush: 1 episodes")
    assert sorted(p.name for p in folder.iterdir()) == ["BlockPush", "ButtonPress",
                                                        "Expert_ButtonPress"]


@check("datasets: cut off, incomplete")
def _(server, folder):
    server.files[DATASETS] = datasets(["ButtonPress", "BlockPush"])[:90000]
    run("download_datasets", server.url(), [str(folder)], code=1, says="no whole tar archive")
    server.files[DATASETS] = datasets(["ButtonPress"])
    run("download_datasets", server.url(), [str(folder)], code=1, says="holds no folder 'BlockPush'")
