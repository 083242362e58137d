#!/usr/bin/env python3
"""Reads exported checkpoints with PyTorch and compares them with the files they were imported from.

    check_export.py playslot ORIGINAL.pth [ORIGINAL.pth ...]

Each file is imported and exported again by the given program; `torch.load(weights_only=True)` must open the
result, and every tensor, optimiser entry and number must be the original's. Needs torch and safetensors.
"""
import subprocess
import sys
import tempfile
import types
from pathlib import Path

import torch


class LRWarmUp:
    """Stands for the class of the same name, whose attributes the originals carry."""


def register_warmup():
    package, module = types.ModuleType("lib"), types.ModuleType("lib.schedulers")
    LRWarmUp.__module__ = "lib.schedulers"
    module.LRWarmUp = LRWarmUp
    package.schedulers = module
    sys.modules["lib"], sys.modules["lib.schedulers"] = package, module


def run(program, *arguments):
    subprocess.run([program, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def strip(key):
    return key[len("module."):] if key.startswith("module.") else key


def same(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and torch.equal(a, b)


def check_model(ours, theirs):
    theirs = {strip(key): value for key, value in theirs.items()}
    assert list(ours) == list(theirs), "names or their order differ"
    for key, value in theirs.items():
        assert same(ours[key], value), f"tensor {key} differs"
    return len(theirs)


def check_optimizer(ours, theirs):
    assert ours["state"].keys() == theirs["state"].keys(), "other parameters have a state"
    for index, entry in theirs["state"].items():
        assert float(ours["state"][index]["step"]) == float(entry["step"])
        for moment in ("exp_avg", "exp_avg_sq"):
            assert same(ours["state"][index][moment], entry[moment]), f"{moment} of {index} differs"
    for key, value in ours["param_groups"][0].items():
        assert theirs["param_groups"][0][key] == value, f"param_groups: {key} differs"
    return len(theirs["state"])


def check_rest(ours, theirs):
    for key, value in ours["scheduler_state_dict"].items() if theirs["scheduler_state_dict"] else ():
        assert theirs["scheduler_state_dict"][key] == value, f"scheduler: {key} differs"
    warmup = theirs["lr_warmup"]
    if warmup is None:
        assert ours["lr_warmup"] is None and ours["scheduler_state_dict"] == ""
    else:
        assert dict(ours["lr_warmup"]) == vars(warmup) == vars(ours["lr_warmup"])
    assert ours["epoch"] == theirs["epoch"]


def check(program, path, folder):
    checkpoint, exported = folder / "c.safetensors", folder / "c.pth"
    part = ["--part", "policy"] if path.name.startswith("policy") else []
    run(program, "import-checkpoint", path, "--out", checkpoint)
    run(program, "export-checkpoint", checkpoint, "--out", exported, *part)
    ours = torch.load(exported, weights_only=True)
    theirs = torch.load(path, weights_only=False)
    tensors = check_model(ours["model_state_dict"], theirs["model_state_dict"])
    assert ours.keys() == theirs.keys(), "other entries"
    entries = 0
    if "epoch" in theirs:
        entries = check_optimizer(ours["optimizer_state_dict"], theirs["optimizer_state_dict"])
        check_rest(ours, theirs)
    weights = folder / "w.safetensors"
    run(program, "export-checkpoint", checkpoint, "--out", weights, "--format", "safetensors", *part)
    from safetensors.torch import load_file
    check_model(dict(sorted(load_file(weights).items())),
                dict(sorted((strip(k), v) for k, v in theirs["model_state_dict"].items())))
    print(f"{path.name}: {tensors} tensors, optimiser state of {entries}: equal")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    register_warmup()
    for name in sys.argv[2:]:
        with tempfile.TemporaryDirectory() as folder:
            check(sys.argv[1], Path(name), Path(folder))


if __name__ == "__main__":
    main()
