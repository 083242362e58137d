#!/usr/bin/env python3
"""Records the random vectors of Meta-World's task sets with the Python package, for build/tests/golden_envs.

Two files go into the folder --out (tests/golden/data/metaworld/seeding):

  task_sets.safetensors  "<split>/<task>/seed<S>" (50, size): the task list of MT10(S).train_tasks and the like
  gym_sets.safetensors   "<split>/<task>/seed<S>/<order>/<part>of<parts>/limit<L>" (resets, size): vectors of the
                         first resets of gymnasium.make_vec("Meta-World/MT10", seed=S) and the like, in order

Vectors do not depend on the 250 simulator steps in which a reset moves the hand to its place; --short-hand-phase
leaves out 245 of them, which is faster and gives the same files (--check compares with the files that are there).
"""
import argparse
import os
import pickle
import sys
import warnings

from parity_metaworld import ROOT, enter, fail

SPLITS = ["mt10", "mt25", "mt50", "ml10-train", "ml10-test", "ml25-train", "ml25-test", "ml45-train", "ml45-test"]
# gymnasium id, further arguments, order of the wrapper, parts of a task's list, its limit, resets
VECTOR_ENVS = [
    ("MT10", {}, "random", 1, 50, 12),
    ("ML10-train", {}, "pseudorandom", 2, 50, 30),
    ("ML10-test", {"total_tasks_per_cls": 40}, "pseudorandom", 4, 40, 12),
]


def shorten_hand_phase():
    from metaworld.sawyer_xyz_env import SawyerXYZEnv
    full = SawyerXYZEnv._reset_hand
    SawyerXYZEnv._reset_hand = lambda env, steps=50: full(env, 1)


def record_lists(seeds):
    import metaworld
    import numpy as np
    tensors = {}
    for seed in seeds:
        for name in sorted({split.partition("-")[0].upper() for split in SPLITS}):
            benchmark = getattr(metaworld, name)(seed=seed)
            for part, tasks in [("train", benchmark.train_tasks), ("test", benchmark.test_tasks)]:
                split = name.lower() if name.startswith("MT") else f"{name.lower()}-{part}"
                for task in {task.env_name: None for task in tasks}:
                    rows = [pickle.loads(t.data)["rand_vec"] for t in tasks if t.env_name == task]
                    tensors[f"{split}/{task}/seed{seed}"] = np.array(rows)
            print(f"{name} seed {seed}", file=sys.stderr, flush=True)
    return tensors


def next_vectors(envs, order):
    """One reset of every environment; the pseudo-random wrapper picks a task only when asked to."""
    if order == "random":
        envs.reset()
    else:
        envs.call("sample_tasks")
    return [env.unwrapped._last_rand_vec.copy() for env in envs.envs]


def task_of(env):
    from metaworld.env_dict import ALL_V3_ENVIRONMENTS
    return next(name for name, made in ALL_V3_ENVIRONMENTS.items() if type(env.unwrapped) is made)


def record_vector_envs(seeds):
    import gymnasium
    import metaworld  # registers the ids
    import numpy as np
    tensors = {}
    for seed in seeds:
        for name, arguments, order, parts, limit, resets in VECTOR_ENVS:
            envs = gymnasium.make_vec(f"Meta-World/{name}", seed=seed, **arguments)
            rows = [next_vectors(envs, order) for _ in range(resets)]
            for i, env in enumerate(envs.envs):
                key = f"{name.lower()}/{task_of(env)}/seed{seed}/{order}/{i % parts}of{parts}/limit{limit}"
                tensors[key] = np.array([row[i] for row in rows])
            envs.close()
            print(f"gymnasium {name} seed {seed}", file=sys.stderr, flush=True)
    return tensors


def check(path, tensors):
    import numpy as np
    from safetensors.numpy import load_file
    stored = load_file(path)
    other = [name for name in tensors if name not in stored or not np.array_equal(stored[name], tensors[name])]
    print(f"{path}: {len(tensors) - len(other)} of {len(tensors)} tables are the same")
    return not other


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 42])
    parser.add_argument("--out", default=os.path.join(ROOT, "tests/golden/data/metaworld/seeding"))
    parser.add_argument("--short-hand-phase", action="store_true", help="leave out physics that draws nothing")
    parser.add_argument("--check", action="store_true", help="compare with the files there instead of writing")
    parser.add_argument("--venv", default=os.path.join(ROOT, "build", "parity-venv"), help="where the packages go")
    options = parser.parse_args()
    enter(options.venv)
    warnings.filterwarnings("ignore")
    from safetensors.numpy import save_file
    if options.short_hand_phase:
        shorten_hand_phase()
    same = True
    for name, record in [("task_sets", record_lists), ("gym_sets", record_vector_envs)]:
        path = os.path.join(options.out, f"{name}.safetensors")
        tensors = record(options.seeds)
        if options.check:
            same = check(path, tensors) and same
        else:
            save_file(tensors, path, metadata={"metaworld": "3.1.1", "seeds": " ".join(map(str, options.seeds))})
    if not same:
        fail("the package gives other vectors than the files hold")


if __name__ == "__main__":
    main()
