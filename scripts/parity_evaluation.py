#!/usr/bin/env python3
"""Compares playslot's evaluations with the reference's own evaluation programs, metric by metric and frame by frame.

For a SAVi experiment and predictors trained here: `playslot evaluate-savi`, `evaluate-playslot` and
`evaluate-predictor` write their results.json; then the evaluation classes of the reference (03_evaluate_savi,
05_evaluate_PlaySlot, 05_evaluate_OCVP) get the same weights, frames and actions of the test split and the same random
draws (the program's streams, stated again below), and write theirs. LPIPS takes AlexNet-shaped random weights on both
sides, --lpips_variant piqa on ours. Bound: 2e-5, two units in the last digit that results.json keeps.

  scripts/parity_evaluation.py --reference DIR -d EXPERIMENT --data DIR [--predictor NAME]...

DIR is a clone of the reference. Pictures must be stored at the experiment's size, 32 x 32 or more, and its clips must
be long enough. Python needs torch, numpy and piqa 1.2.2; what the reference imports beside them is not used here and
replaced by stand-ins. Exit status: 0 all within the bound, 1 a difference beyond it, 2 no comparison.
"""
import argparse
import contextlib
import importlib
import io
import json
import math
import os
import struct
import subprocess
import sys
import tempfile
import types
from unittest.mock import MagicMock

import numpy as np
import torch

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FINAL = "checkpoint_epoch_final.safetensors"
NAME = "parity"
BOUND = 2e-5
UNUSED = ["matplotlib", "matplotlib.pyplot", "matplotlib.colors", "webcolors", "torchvision", "torchvision.utils",
          "torchvision.models", "torch.utils.tensorboard", "imageio", "tqdm", "cv2", "h5py", "PIL", "PIL.Image",
          "IPython", "IPython.display"]
DTYPES = {"F32": np.float32, "F64": np.float64, "I64": np.int64, "I32": np.int32, "U8": np.uint8, "U16": np.uint16}


# ---- files ----

def read_tensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    header.pop("__metadata__", None)
    return {name: np.frombuffer(data[slice(*entry["data_offsets"])], DTYPES[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in header.items()}


def write_tensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.numpy().astype(np.float32).tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read_json(*parts):
    with open(os.path.join(*parts)) as file:
        return json.load(file)


def weights_of(path):
    return {key: torch.tensor(value) for key, value in read_tensors(path).items() if not key.startswith("optimizer.")}


# ---- the program's random streams (base/rng.h) ----

MASK = (1 << 64) - 1


def splitmix(x):
    x = (x + 0x9E3779B97F4A7C15) & MASK
    z = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return x, z ^ (z >> 31)


def rotate(x, bits):
    return ((x << bits) | (x >> (64 - bits))) & MASK


class Stream:
    def __init__(self, seed, name, index):
        code = 0xCBF29CE484222325
        for byte in name.encode():
            code = ((code ^ byte) * 0x100000001B3) & MASK
        x = splitmix(splitmix(seed)[1] ^ code)[1] ^ index
        self.state = []
        for _ in range(4):
            x, value = splitmix(x)
            self.state.append(value)

    def next(self):
        a, b, c, d = self.state
        result = (rotate((a + d) & MASK, 23) + a) & MASK
        c, d = c ^ a, d ^ b
        b, a = b ^ c, a ^ d
        self.state = [a, b, c ^ ((self.state[1] << 17) & MASK), rotate(d, 45)]
        return result

    def uniform(self):
        return (self.next() >> 11) * 2.0 ** -53

    def normal(self):
        u, v = 1.0 - self.uniform(), self.uniform()
        return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)

    def below(self, n):
        value = self.next()
        while value < (1 << 64) % n:
            value = self.next()
        return value % n


class Draws:
    """What torch draws during one clip, taken from the streams that the program takes it from."""

    def __init__(self, clip):
        self.normal = [Stream(0, "slot-noise", clip), Stream(0, "latent-noise", clip)]
        self.actions = Stream(0, "random-actions", clip)

    def randn(self, *size, **_):
        size = tuple(size[0]) if not isinstance(size[0], int) else size
        stream = self.normal[0]  # the slots come first, all others are latent noise
        self.normal[0] = self.normal[1]
        values = [stream.normal() for _ in range(math.prod(size))]
        return torch.tensor(np.array(values, np.float32)).reshape(size)

    def randint(self, low, high=None, size=None, **_):
        low, high = (0, low) if high is None else (low, high)
        last = math.prod(size[2:])  # the reference draws one step more than it uses
        values = [self.actions.below(high) for _ in range(math.prod(size) - last)]
        return torch.tensor(values + [0] * last).reshape(tuple(size))


# ---- LPIPS with random weights ----

def alexnet_layers():
    layer = torch.nn
    return layer.Sequential(
        layer.Conv2d(3, 64, 11, 4, 2), layer.ReLU(), layer.MaxPool2d(3, 2), layer.Conv2d(64, 192, 5, padding=2),
        layer.ReLU(), layer.MaxPool2d(3, 2), layer.Conv2d(192, 384, 3, padding=1), layer.ReLU(),
        layer.Conv2d(384, 256, 3, padding=1), layer.ReLU(), layer.Conv2d(256, 256, 3, padding=1), layer.ReLU())


def make_lpips(folder):
    """Weight files for the program; the same weights wherever piqa asks for them."""
    torch.manual_seed(3)
    layers = alexnet_layers()
    heads = {f"lin{i}.model.1.weight": torch.rand(1, c, 1, 1) for i, c in enumerate([64, 192, 384, 256, 256])}
    files = [os.path.join(folder, name) for name in ("alexnet.safetensors", "heads.safetensors")]
    write_tensors(files[0], {f"features.{key}": value.detach() for key, value in layers.state_dict().items()})
    write_tensors(files[1], heads)
    sys.modules["torchvision.models"].alexnet = lambda pretrained: types.SimpleNamespace(features=layers)
    torch.hub.load_state_dict_from_url = lambda *_, **__: dict(heads)
    return ["--lpips", files[0], "--lpips_heads", files[1], "--lpips_variant", "piqa"]


# ---- the reference ----

class Reference:
    def __init__(self, folder):
        for name in UNUSED:
            sys.modules[name] = MagicMock()
        sys.modules["torchvision"].models = sys.modules["torchvision.models"]
        sys.path.insert(0, os.path.join(folder, "src"))
        os.chdir(folder)  # it looks for its configurations below the current folder
        self.base = importlib.import_module("base.baseEvaluator")
        self.models = importlib.import_module("lib.setup_model")
        importlib.import_module("lib.metrics").visualize_metric = lambda *_, **__: None

    def evaluator(self, program, **options):
        module = importlib.import_module(program)
        kinds = [kind for kind in vars(module).values() if isinstance(kind, type)]
        kind = next(k for k in kinds if issubclass(k, self.base.BaseEvaluator) and k is not self.base.BaseEvaluator)
        evaluator = kind(savi_ckpt=FINAL, batch_size=1, results_name=NAME + "_reference", **options)
        evaluator.device = "cpu"
        params = evaluator.exp_params
        params["model"]["model_params"].pop("playslot", None)
        evaluator.savi = self.models.setup_model(model_params=params["model"]).eval()
        return evaluator

    def load_predictor(self, evaluator, path):
        evaluator.exp_params["predictor"]["predictor_params"].pop("playslot", None)
        evaluator.predictor = self.models.setup_predictor(exp_params=evaluator.exp_params).eval()
        wrapped = all(key.startswith("predictor.") for key in evaluator.predictor.state_dict())
        weights = {("predictor." if wrapped and not key.startswith("predictor.") else "") + key: value
                   for key, value in weights_of(path).items()}
        evaluator.predictor.load_state_dict(weights)


def run_evaluator(evaluator, clips):
    """As its evaluate(), but on our clips and draws."""
    originals = torch.randn, torch.randint
    with torch.no_grad():
        for index, batch in enumerate(clips):
            draws = Draws(index)
            torch.randn, torch.randint = draws.randn, draws.randint
            evaluator.forward_eval(batch_data=batch)
    torch.randn, torch.randint = originals
    evaluator.aggregate_and_save_metrics()


def read_clips(data, frames):
    for episode in read_json(data, "dataset.json")["episodes"]:
        if episode["split"] != "test":
            continue
        tensors = read_tensors(os.path.join(data, episode["file"]))
        if len(tensors["frames"]) < frames:
            raise SystemExit(f"{episode['file']}: {len(tensors['frames'])} frames, {frames} are needed")
        video = torch.tensor(tensors["frames"][:frames].astype(np.float32) / 255).permute(0, 3, 1, 2)[None]
        actions = torch.tensor(tensors["action"][: frames - 1].astype(np.float32)).clamp(-1, 1)[None]
        yield video, video, {"actions": actions}


# ---- comparing ----

def tell(line):
    print(line, file=sys.__stdout__, flush=True)  # the reference's own messages go elsewhere


def difference(ours, theirs):
    worst = 0.0
    for metric, values in theirs.items():
        pairs = zip([values["mean"]] + values["framewise"], [ours[metric]["mean"]] + ours[metric]["framewise"])
        worst = max([worst] + [abs(a - b) for a, b in pairs])
        tell(f"    {metric:6} {values['mean']:10.5f} {ours[metric]['mean']:10.5f}")
    return worst


def compare(title, folder, ours, theirs):
    tell(f"{title}: the reference, playslot")
    worst = difference(read_json(folder, "results", ours, "results.json"),
                       read_json(folder, "results", theirs, "results.json"))
    tell(f"    largest difference {worst:.1e}")
    return worst <= BOUND


class Comparison:
    def __init__(self, arguments, lpips, reference):
        self.arguments, self.lpips, self.reference = arguments, lpips, reference
        self.ok = True

    def playslot(self, command, *options):
        arguments = self.arguments
        line = [arguments.program, command, "-d", arguments.experiment, "--savi_ckpt", FINAL, "-o", NAME, "--data",
                arguments.data, "--save_vis", "0", *self.lpips, *options]
        done = subprocess.run(line, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)

    def finish(self, evaluator, frames):
        evaluator.savi.load_state_dict(weights_of(os.path.join(self.arguments.experiment, "models", FINAL)))
        run_evaluator(evaluator, read_clips(self.arguments.data, frames))

    def savi(self):
        experiment = self.arguments.experiment
        frames = read_json(experiment, "experiment_params.json")["dataset"]["num_frames"]
        self.playslot("evaluate-savi", "--num_frames", "0")
        evaluator = self.reference.evaluator("03_evaluate_savi", exp_path=experiment)
        evaluator.metric_tracker = evaluator.set_metric_tracker()
        self.finish(evaluator, frames)
        self.ok &= compare("SAVi", experiment, NAME, NAME + "_reference")

    def predictor(self, name):
        folder = os.path.join(self.arguments.experiment, "predictors", name)
        kind = read_json(folder, "experiment_params.json")["predictor"]["predictor_name"]
        latents = kind in ("SlotSingleAction", "SlotLatentPredictor")
        samples = {"num_samples": 5, "post_only": False} if latents else {}
        self.playslot("evaluate-playslot" if latents else "evaluate-predictor", "--name_pred_exp", name, "--pred_ckpt",
                      FINAL, *(["--num_samples", "5"] if latents else []))
        evaluator = self.reference.evaluator(
            "05_evaluate_PlaySlot" if latents else "05_evaluate_OCVP", exp_path=self.arguments.experiment,
            name_pred_exp=os.path.join("predictors", name), pred_ckpt=FINAL, **samples)
        self.reference.load_predictor(evaluator, os.path.join(folder, "models", FINAL))
        evaluator.set_evaluation()
        self.finish(evaluator, evaluator.exp_params["dataset"]["num_frames"])
        for prefix in ["Post_", "Prior_"] if latents else [""]:
            self.ok &= compare(f"{name}, {kind} {prefix}".rstrip(" _"), folder, prefix + NAME, prefix + NAME + "_reference")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", required=True, help="clone of the reference")
    parser.add_argument("-d", dest="experiment", required=True, help="SAVi experiment")
    parser.add_argument("--data", required=True, help="folder of episodes")
    parser.add_argument("--predictor", action="append", default=[], help="predictor experiment; repeatable")
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "playslot"))
    arguments = parser.parse_args()
    arguments.experiment, arguments.data = map(os.path.abspath, (arguments.experiment, arguments.data))
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        reference = Reference(os.path.abspath(arguments.reference))
        comparison = Comparison(arguments, make_lpips(folder), reference)
        comparison.savi()
        for name in arguments.predictor:
            comparison.predictor(name)
    sys.exit(0 if comparison.ok else 1)


if __name__ == "__main__":
    main()
