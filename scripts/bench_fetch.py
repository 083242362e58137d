#!/usr/bin/env python3
"""Compares the speed of playslot's Fetch tasks with the bare physics and gymnasium-robotics' Python package.

As bench_metaworld.py does it: the sides run alternately, round by round, each alone and on one processor, with the
same 450 actions from the same start, which comes back every 50 steps (the time limit). build/bench/bench_env also
times the bare physics: mocap and controls, 20 mj_step and, where the step has one, mj_forward. Python's environment is
the class without wrappers, on the same MuJoCo 3.3.0. Both draw 64x64 pictures from the same camera with shadows,
reflections and multisampling, through EGL (MUJOCO_GL=osmesa: Python through OSMesa). Printed are medians over the
rounds, per second of processor time (all threads of a process) and of wall time.

Exit status: 0, or 2 when nothing could be measured. The Python packages go into a virtual environment of their own below
build/, at the first run (needs a network then).
"""
import os
import sys
import warnings

from bench_metaworld import Side, actions, measure_all, median, parse, print_speeds, time_table, work
from parity_fetch import PACKAGES

TASKS = "FetchReach-v4,FetchPush-v4,FetchPickAndPlace-v4,FetchSlide-v4"
HORIZON = 50


def open_side(task):
    import gymnasium
    import gymnasium_robotics
    gymnasium.register_envs(gymnasium_robotics)
    env = gymnasium.make(task, render_mode="rgb_array", width=64, height=64).unwrapped
    return Side(lambda: env.reset(seed=1), env.step, actions(), 1, 20, HORIZON, env.render)


def frame_table(results):
    rows = ["| task | playslot, fast | playslot, reference | Python |", "|---|---|---|---|"]
    for task, (seen, _) in results.items():
        numbers = [median(seen["playslot"], "fast_frames"), median(seen["playslot"], "frames"),
                   median(seen["python"], "frames")]
        rows.append(f"| {task} | " + " | ".join(f"{number:.0f}" for number in numbers) + " |")
    return "\n".join(rows)


def main():
    os.environ.setdefault("MUJOCO_GL", "egl")
    options = parse(__doc__, TASKS, ["python"], "fetch-venv")
    if options.worker:
        warnings.filterwarnings("ignore")
        work(open_side(options.tasks))
        return 0
    results = measure_all(options, ["python"], PACKAGES, "--frames")
    print_speeds(results)
    print(f"Pictures of 64x64 per second of processor time:\n\n{frame_table(results)}\n")
    print(f"Processor time in milliseconds:\n\n{time_table(results)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
