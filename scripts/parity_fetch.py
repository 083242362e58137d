#!/usr/bin/env python3
"""Compares playslot's eight Fetch tasks of gymnasium-robotics (v4) with that package, step by step.

Per task and seed: `playslot rollout` writes an episode; the Python environment is reset with the same
seed and gets the actions of that episode. Compared are the simulator's whole state (mjSTATE_INTEGRATION), observation,
achieved and desired goal after the reset and after every step, reward, success and, at the last of 50 steps, the time
limit. Bounds: 0; for observations 4.5e-16, because angles and speeds are sums and arctangents of two libraries, which
differ in the last bit.

Exit status: 0 all within the bounds, 1 a difference beyond them, 2 the comparison could not be made.

The Python packages go into a virtual environment of their own below build/, at the first run (needs a network then).
"""
import argparse
import os
import sys
import tempfile
import warnings

from parity_metaworld import Tally, add_common_options, conclude, enter, fail, rollout

PACKAGES = ["gymnasium-robotics==1.4.2", "mujoco==3.3.0", "gymnasium", "numpy", "safetensors"]
TASKS = [f"Fetch{name}{kind}-v4" for name in ("Reach", "Push", "PickAndPlace", "Slide") for kind in ("", "Dense")]
STEPS_MAX = 50
GOAL = 3  # numbers
BOUNDS = {"state": 0.0, "observation": 4.5e-16, "goals": 0.0, "reward": 0.0, "success": 0.0}


def make_env(task):
    """The environment as registered, with its time limit."""
    import gymnasium
    import gymnasium_robotics
    gymnasium.register_envs(gymnasium_robotics)
    return gymnasium.make(task)


def state_of(env):
    import mujoco
    import numpy as np
    model, data = env.unwrapped.model, env.unwrapped.data
    state = np.empty(mujoco.mj_stateSize(model, mujoco.mjtState.mjSTATE_INTEGRATION))
    mujoco.mj_getState(model, data, state, mujoco.mjtState.mjSTATE_INTEGRATION)
    return state


def see(tally, env, seed, step, episode, theirs):
    """What there is after a reset (step 0) and after every step."""
    state, ours = state_of(env), episode["obs"][step]
    tally.see(seed, step, "state", episode["state"][step][:len(state)], state)
    tally.see(seed, step, "observation", ours[:-2 * GOAL], theirs["observation"])
    tally.see(seed, step, "goals", ours[-2 * GOAL:-GOAL], theirs["achieved_goal"])
    tally.see(seed, step, "goals", ours[-GOAL:], theirs["desired_goal"])


def compare(tally, env, seed, ours):
    """Run the Python side of one episode; step 0 is the reset."""
    obs, _ = env.reset(seed=seed)
    see(tally, env, seed, 0, ours, obs)
    flags = [], []
    for t, action in enumerate(ours["action"]):
        obs, reward, _, truncated, info = env.step(action)
        see(tally, env, seed, t + 1, ours, obs)
        tally.see(seed, t + 1, "reward", ours["reward"][t], reward)
        tally.see(seed, t + 1, "success", ours["success"][t], info["is_success"])
        if truncated != (t + 1 == STEPS_MAX):
            fail(f"{tally.task}: Python's episode ends at step {t + 1}, playslot's at {STEPS_MAX}")
        flags[0].append(bool(ours["success"][t]))
        flags[1].append(bool(info["is_success"]))
    tally.end_episode(*flags)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", default=",".join(TASKS), metavar="A,B", help="tasks by name (default: all eight)")
    parser.add_argument("--steps", default=STEPS_MAX, type=int, help=f"control steps per episode (default {STEPS_MAX})")
    parser.add_argument("--policy", default="random", metavar="NAME",
                        help="whose actions: a policy of rollout (default random)")
    add_common_options(parser, "fetch-venv")
    options = parser.parse_args()
    if not 1 <= options.steps <= STEPS_MAX:
        parser.error(f"--steps {options.steps} is outside 1..{STEPS_MAX}")
    for task in options.tasks.split(","):
        if task not in TASKS:
            parser.error(f"no task '{task}' (known: {', '.join(TASKS)})")
    return options


def main():
    options = parse()
    if not os.access(options.program, os.X_OK):
        fail(f"no program '{options.program}'; run ./scripts/build")
    enter(options.venv, PACKAGES)
    warnings.filterwarnings("ignore")
    tallies = []
    with tempfile.TemporaryDirectory(prefix="parity-") as folder:
        path = os.path.join(folder, "episode.safetensors")
        for task in options.tasks.split(","):
            tally, env = Tally(task, list(BOUNDS), BOUNDS), make_env(task)
            for seed in options.seeds:
                arguments = ["--policy", options.policy, "--steps", str(options.steps)]
                compare(tally, env, seed, rollout(options.program, task, seed, path, arguments)[1])
            env.close()
            tallies.append(tally)
            tally.report()
    return conclude(tallies)


if __name__ == "__main__":
    sys.exit(main())
