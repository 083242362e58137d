#!/usr/bin/env python3
"""Opens what `playslot data convert` writes with the Python packages it is written for, and compares values.

    check_exports.py playslot FOLDER [VENV]

FOLDER holds episodes with pictures of an even size and observations. A virtual environment is made in VENV
(default: build/venv-exports) with h5py, Minari, robomimic and LeRobot (whose PyTorch takes some GiB); a second run
uses it again. robomimic's own scripts/get_dataset_info.py must accept the file; `minari.load_dataset` must open the
data set; `LeRobotDataset` must read every frame of it, with videos and with pictures.
"""
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PACKAGES = ["numpy", "h5py", "safetensors", "pillow", "minari[hdf5]==0.5.4",
            "lerobot==0.4.4"]
ROBOMIMIC = "robomimic==0.3.0"  # without what it trains with: only its info script runs


def environment(folder):
    python = folder / "bin/python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, *PACKAGES], check=True)
    subprocess.run([*pip, "--no-deps", ROBOMIMIC], check=True)
    return python


def convert(program, *arguments):
    subprocess.run([program, "data", "convert", *map(str, arguments)], check=True,
                   stdout=subprocess.DEVNULL)


def read_episodes(folder):
    from safetensors import safe_open
    episodes = []
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, "numpy") as file:
            episodes.append({key: file.get_tensor(key) for key in file.keys()}
                            | {"metadata": file.metadata()})
    return episodes


def check_robomimic(program, folder, episodes, work):
    import h5py
    import numpy as np
    import robomimic
    path = work / "all.hdf5"
    convert(program, folder, "--to", "robomimic", "--out", path)
    script = Path(robomimic.__path__[0]) / "scripts/get_dataset_info.py"
    told = subprocess.run([sys.executable, script, "--dataset", path], check=True, text=True,
                          capture_output=True).stdout
    assert f"total trajectories: {len(episodes)}\n" in told, told
    with h5py.File(path) as file:
        assert file["data"].attrs["total"] == sum(len(e["action"]) for e in episodes)
        assert json.loads(file["data"].attrs["env_args"])["env_name"] == episodes[0]["metadata"]["task"]
        for i, episode in enumerate(episodes):
            demo, camera = file[f"data/demo_{i}"], episode["metadata"]["camera"]
            assert np.array_equal(demo["actions"], episode["action"].clip(-1, 1))
            assert np.array_equal(demo["rewards"], episode["reward"])
            assert np.array_equal(demo["obs/flat"], episode["obs"][:-1])
            assert np.array_equal(demo["next_obs/flat"], episode["obs"][1:])
            assert np.array_equal(demo[f"obs/{camera}_image"], episode["frames"][:-1])
            assert np.array_equal(demo[f"next_obs/{camera}_image"], episode["frames"][1:])
        kept = sorted(name for key in file["mask"] for name in file[f"mask/{key}"][()])
        assert len(kept) == len(set(kept)) == len(episodes)
    back = work / "back"
    subprocess.run([program, "data", "convert", path, "--from", "robomimic", "--out", back],
                   check=True, stdout=subprocess.DEVNULL)
    assert len(list(back.glob("*.safetensors"))) == len(episodes)
    print(f"robomimic {robomimic.__version__}: info script and values of {len(episodes)} episodes")


def check_minari(program, folder, episodes, work):
    import numpy as np
    root = work / "minari"
    convert(program, folder, "--to", "minari", "--out", root, "--id", "playslot/check-v0")
    os.environ["MINARI_DATASETS_PATH"] = str(root)
    import minari
    assert "playslot/check-v0" in minari.list_local_datasets()
    dataset = minari.load_dataset("playslot/check-v0")
    assert dataset.total_episodes == len(episodes)
    assert dataset.total_steps == sum(len(e["action"]) for e in episodes)
    for read, episode in zip(dataset.iterate_episodes(), episodes):
        camera = episode["metadata"]["camera"]
        assert np.array_equal(read.actions, episode["action"].clip(-1, 1))
        assert np.array_equal(read.rewards, episode["reward"])
        assert np.array_equal(read.observations["state"], episode["obs"])
        assert np.array_equal(read.observations[f"{camera}_image"], episode["frames"])
        assert np.array_equal(read.infos["success"], episode["success"].astype(bool))
        assert read.terminations.dtype == bool and read.terminations[-1] != read.truncations[-1]
        first = {key: value[0] for key, value in read.observations.items()}
        assert dataset.observation_space.contains(first)
        assert all(dataset.action_space.contains(action) for action in read.actions)
    print(f"minari {minari.__version__}: load_dataset and values of {len(episodes)} episodes")


def by_split(folder, episodes):
    """Episodes as LeRobot gets them: those for training first."""
    names = sorted(folder.glob("*.safetensors"))
    entries = json.loads((folder / "dataset.json").read_text())["episodes"]
    split = {entry["file"]: entry["split"] for entry in entries}
    order = ["train", "valid", "test"]
    ranks = [order.index(split[name.name]) for name in names]
    return [episode for rank in range(3) for r, episode in zip(ranks, episodes) if r == rank]


def cameras_of(episode):
    further = episode["metadata"].get("views", "")
    return {episode["metadata"]["camera"]: episode["frames"]} | {
        name: episode[f"views/{name}/frames"] for name in further.split(",") if name}


def check_lerobot_tables(root):
    """The tables with other readers than LeRobot's own way."""
    import pandas
    import pyarrow.parquet
    from datasets import disable_progress_bars, load_dataset
    disable_progress_bars()
    paths = sorted(root.glob("**/*.parquet"))
    for path in paths:
        table = pyarrow.parquet.read_table(path)
        table.validate(full=True)
        assert len(pandas.read_parquet(path)) == table.num_rows == \
            pyarrow.parquet.ParquetFile(path).metadata.num_rows
    data = sorted(map(str, root.glob("data/*/*.parquet")))
    rows = load_dataset("parquet", data_files=data, split="train", cache_dir=str(root / "cache"))
    assert rows["index"][:] == list(range(len(rows)))
    return len(paths)


def check_lerobot_frames(dataset, episodes, exact):
    """Every frame against its episode; the mean squared error of pictures."""
    import numpy as np
    index, errors = 0, []
    for number, episode in enumerate(episodes):
        action, last = episode["action"].clip(-1, 1), len(episode["action"]) - 1
        for t in range(last + 1):
            frame = dataset[index]
            assert np.array_equal(frame["action"], action[t])
            assert np.array_equal(frame["observation.state"], episode["obs"][t].astype("float32"))
            assert frame["next.reward"] == np.float32(episode["reward"][t])
            assert bool(frame["next.success"]) == bool(episode["success"][t])
            assert bool(frame["next.done"]) == (t == last)
            assert abs(float(frame["timestamp"]) - t / dataset.fps) < 1e-4
            assert (frame["index"], frame["frame_index"], frame["episode_index"]) == (index, t, number)
            for name, pictures in cameras_of(episode).items():
                read = frame[f"observation.images.{name}"].numpy().transpose(1, 2, 0) * 255
                errors.append(((read - pictures[t]) ** 2).mean())
                assert not exact or np.array_equal(read.round(), pictures[t])
            index += 1
    assert index == len(dataset)
    return float(np.mean(errors))


def check_lerobot_stats(dataset, episodes):
    """Ours against NumPy's over all frames, and against those that LeRobot computes of an episode."""
    import numpy as np
    from lerobot.datasets.compute_stats import get_feature_stats
    columns = {"action": [e["action"].clip(-1, 1) for e in episodes],
               "observation.state": [e["obs"][:-1].astype("float32") for e in episodes]}
    for name, parts in columns.items():
        values, ours = np.concatenate(parts).astype("float64"), dataset.meta.stats[name]
        wanted = {"min": values.min(0), "max": values.max(0), "mean": values.mean(0), "std": values.std(0)}
        wanted |= {f"q{q:02}": np.percentile(values, q, axis=0, method="inverted_cdf")
                   for q in (1, 10, 50, 90, 99)}
        for key, value in wanted.items():
            assert np.allclose(ours[key], value, rtol=1e-9, atol=1e-9), (name, key)
    for name in cameras_of(episodes[0]):
        pictures = np.concatenate([cameras_of(e)[name][:-1] for e in episodes]) / 255
        ours = dataset.meta.stats[f"observation.images.{name}"]
        assert ours["mean"].shape == (3, 1, 1) and ours["count"] == len(pictures)
        assert np.allclose(ours["mean"].ravel(), pictures.mean((0, 1, 2)))
        assert np.allclose(ours["std"].ravel(), pictures.std((0, 1, 2)))
    check_lerobot_rows(dataset, columns, get_feature_stats)


def check_lerobot_rows(dataset, columns, get_feature_stats):
    import numpy as np
    import pandas
    rows = pandas.concat(map(pandas.read_parquet, sorted((dataset.root / "meta/episodes").glob("*/*"))))
    for name, parts in columns.items():
        for (_, row), values in zip(rows.iterrows(), parts):
            wanted = get_feature_stats(values, axis=0, keepdims=False)
            # LeRobot's quantiles come from 5000 bins, its deviations from squares in float32
            step = (values.max(0) - values.min(0)) / 5000 + 1e-6
            for key, value in wanted.items():
                ours = np.array(row[f"stats/{name}/{key}"])
                assert (abs(ours - value) <= (1e-3 if key == "std" else step)).all(), (name, key)


def check_lerobot(program, folder, episodes, work):
    import lerobot
    import numpy as np
    from lerobot.datasets.lerobot_dataset import LeRobotDataset
    episodes = by_split(folder, episodes)
    psnr = {}
    for kind, flags in (("videos", []), ("pictures", ["--images"])):
        root = work / f"lerobot_{kind}"
        convert(program, folder, "--to", "lerobot", "--out", root, *flags)
        dataset = LeRobotDataset("playslot/check", root=root)
        assert dataset.num_episodes == len(episodes)
        tables = check_lerobot_tables(root)
        error = check_lerobot_frames(dataset, episodes, exact=kind == "pictures")
        psnr[kind] = 10 * np.log10(255 ** 2 / error) if error else np.inf
        check_lerobot_stats(dataset, episodes)
        some = LeRobotDataset("playslot/check", root=root, episodes=[len(episodes) - 1])
        assert len(some) == len(episodes[-1]["action"])
        assert some[0]["episode_index"] == len(episodes) - 1
    assert psnr["videos"] > 25
    print(f"lerobot {lerobot.__version__}: every frame and statistic of {len(episodes)} episodes, {tables} tables; "
          f"{dataset.fps} frames per second, videos {psnr['videos']:.1f} dB, pictures exact")


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    program, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    default = Path(__file__).resolve().parent.parent / "build/venv-exports"
    home = Path(sys.argv[3]).resolve() if len(sys.argv) > 3 else default
    if Path(sys.prefix).resolve() != home:
        python = environment(home)
        os.execv(python, [python, __file__, str(program), str(folder), str(home)])
    episodes = read_episodes(folder)
    assert episodes, f"no episode in {folder}"
    with tempfile.TemporaryDirectory() as work:
        check_robomimic(program, folder, episodes, Path(work))
        check_minari(program, folder, episodes, Path(work))
        check_lerobot(program, folder, episodes, Path(work))


if __name__ == "__main__":
    main()
