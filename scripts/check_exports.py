#!/usr/bin/env python3
"""Opens what `playslot data convert` writes with the Python packages it is written for, and compares values.

    check_exports.py playslot FOLDER [VENV]

FOLDER holds episodes with pictures and observations. A virtual environment is made in VENV (default:
build/venv-exports) with h5py, Minari and robomimic; a second run uses it again. robomimic's own
scripts/get_dataset_info.py must accept the file; `minari.load_dataset` must open the data set.
"""
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PACKAGES = ["numpy", "h5py", "safetensors", "pillow", "minari[hdf5]==0.5.4"]
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


if __name__ == "__main__":
    main()
