#!/usr/bin/env python3
"""Records tests/golden/data/metaworld/rewards_v1: three episodes per task with the Python package's reward function v1.

Two follow Python's expert with noise on its actions: a little, until 20 steps after the first success, and much, so
that the task is mostly not solved. The third leads the left finger tip, later the middle between both, to the object
and on to the target, because experts of some tasks never come as close as rewards v1 ask for. A file holds per episode (prefix "ep0." to "ep2."):
action (T, 4) float32; seen (T, 7), the first numbers of the observation after each step; reward (T) and info.<name>
(T), float64.

The Python packages are found as parity_metaworld.py finds them.
"""
import argparse
import os
import warnings

import parity_metaworld as parity

FOLDER = os.path.join(parity.ROOT, "tests", "golden", "data", "metaworld", "rewards_v1")
EPISODES = [
    {"policy": "expert", "seed": 0, "noise": 0.1, "steps": 300},
    {"policy": "expert", "seed": 1, "noise": 0.7, "steps": 100},
    {"policy": "finger", "seed": 2, "noise": 0.1, "steps": 120},
]
AFTER_SUCCESS = 20


def finger(env, obs, t):
    """A point of the hand to the object, from there towards the target; the gripper closes on the way."""
    import numpy as np
    tip = env._get_site_pos("leftEndEffector") if t < 60 else env.tcp_center
    near = np.linalg.norm(obs[4:7] - tip) < 0.045
    return np.append(10 * ((env._target_pos if near else obs[4:7]) - tip), 0.5 if near else -1.0)


def record(task, policy, seed, noise, steps):
    """One episode as arrays."""
    import metaworld.policies
    import numpy as np
    env = parity.make_env(task, seed, "v1")
    expert = metaworld.policies.ENV_POLICY_MAP[f"{task}-v3"]()
    random = np.random.default_rng(seed)
    obs, _ = env.reset()
    rows, infos, solved = [], [], None
    for t in range(steps):
        decision = expert.get_action(obs.copy()) if policy == "expert" else finger(env, obs, t)
        action = (decision + noise * random.normal(size=4)).astype("float32")
        obs, reward, _, _, info = env.step(action)
        rows.append((action, obs[:7].copy(), float(reward)))
        infos.append({name: float(value) for name, value in info.items()})
        solved = t if solved is None and info["success"] else solved
        if solved is not None and t >= solved + AFTER_SUCCESS:
            break
    env.close()
    episode = {"action": np.array([row[0] for row in rows], dtype=np.float32)}
    episode["seen"] = np.array([row[1] for row in rows], dtype=np.float64)
    episode["reward"] = np.array([row[2] for row in rows], dtype=np.float64)
    for name in infos[0]:
        episode[f"info.{name}"] = np.array([info[name] for info in infos], dtype=np.float64)
    return episode


def write(task, folder):
    from safetensors.numpy import save_file
    tensors = {}
    for i, wanted in enumerate(EPISODES):
        episode = record(task, **wanted)
        tensors |= {f"ep{i}.{name}": values for name, values in episode.items()}
        print(f"{task} episode {i}: {len(episode['reward'])} steps, reward up to {episode['reward'].max():.6g}, "
              f"{'solved' if episode['info.success'].any() else 'not solved'}", flush=True)
    seeds = ",".join(str(episode["seed"]) for episode in EPISODES)
    save_file(tensors, os.path.join(folder, f"{task}-v3.safetensors"),
              {"task": f"{task}-v3", "seeds": seeds, "reward_version": "v1"})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=FOLDER, metavar="DIR", help="folder to write to (default: the fixtures)")
    parser.add_argument("--venv", default=os.path.join(parity.ROOT, "build", "parity-venv"), metavar="DIR",
                        help="virtual environment to make and use (default build/parity-venv)")
    options = parser.parse_args()
    parity.enter(options.venv)
    warnings.filterwarnings("ignore")
    os.makedirs(options.out, exist_ok=True)
    for task in parity.all_tasks():
        write(task, options.out)


if __name__ == "__main__":
    main()
