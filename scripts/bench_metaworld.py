#!/usr/bin/env python3
"""Compares the speed of playslot's tasks with the bare physics, Meta-World's Python package and EnvPool.

Per task the sides run alternately, round by round, each alone and on one processor, with the same 450 actions per
round: build/bench/bench_env (which also times the bare physics: mocap, five mj_step, mj_rnePostConstraint, mj_forward),
the Python environment, EnvPool with one thread and one environment, EnvPool with one thread and a batch of sixteen.
Printed are medians over the rounds of control steps per second of processor time (all threads of a process) and of
wall time, the ratios (medians of the rounds' ratios), and per task the processor time of a reset and of a start.

EnvPool carries a newer MuJoCo, so its physics differs in speed, too. Exit status: 0, or 2 when nothing could be
measured. The Python packages go into a virtual environment of their own below build/, at the first run (needs a
network then).
"""
import argparse
import collections
import json
import os
import statistics
import subprocess
import sys
import time
import warnings

from parity_metaworld import PROGRAM, ROOT, enter, fail, make_env

PACKAGES = ["metaworld==3.1.1", "mujoco==3.3.0", "envpool==1.2.5", "gymnasium", "packaging", "numpy"]
TASKS = ("reach,push,button-press,window-open,drawer-open,door-open,hammer,assembly,stick-push,basketball,"
         "box-close,shelf-place")
STEPS = 450
FRAMES = 20
BATCH = 16
OURS = ["floor", "playslot"]
PEERS = ["python", "envpool", "envpool16"]
TITLES = {"floor": "bare physics", "playslot": "playslot", "python": "Python", "envpool": "EnvPool",
          "envpool16": f"EnvPool, batch of {BATCH}"}


# ---- workers: one process per side, a round per line of input ----

def actions():
    """The numbers of bench/bench_env.c."""
    import numpy as np
    x, drawn = 5, []
    for _ in range(STEPS * 4):
        x = (x * 1664525 + 1013904223) % 2**32
        drawn.append((x >> 8) / 8388608.0 - 1.0)
    return np.array(drawn, dtype=np.float32).reshape(STEPS, 4)


def clocks():
    return time.process_time(), time.perf_counter()


def since(start):
    return [now - then for now, then in zip(clocks(), start)]


# what a worker measures: `count` environments in one; resets per round; steps between resets; draw: None, or a picture
Side = collections.namedtuple("Side", "reset step moves count resets episode draw", defaults=(STEPS, None))


def python_side(task):
    env = make_env(task, 1, "v2")
    return Side(env.reset, env.step, actions(), 1, 2)


def envpool_side(task, count):
    import envpool
    import numpy as np
    name = "".join(word.capitalize() for word in task.split("-"))
    env = envpool.make(f"MetaWorld/{name}-v3", env_type="gymnasium", num_envs=count, batch_size=count, num_threads=1,
                       seed=1)
    batch = np.ascontiguousarray(np.repeat(actions()[:, None], count, axis=1))
    return Side(env.reset, env.step, batch, count, 5)


def open_side(kind, task):
    return python_side(task) if kind == "python" else envpool_side(task, BATCH if kind == "envpool16" else 1)


def time_resets(side):
    start = clocks()
    for _ in range(side.resets):
        side.reset()
    return {"reset": since(start)[0] / (side.resets * side.count)}


def time_steps(side):
    spent = [0, 0]
    for begin in range(0, STEPS, side.episode):
        if begin:
            side.reset()
        start = clocks()
        for move in side.moves[begin:begin + side.episode]:
            side.step(move)
        spent = [a + b for a, b in zip(spent, since(start))]
    return {"cpu": STEPS * side.count / spent[0], "wall": STEPS * side.count / spent[1]}


def time_frames(side):
    side.draw()
    start = clocks()
    for _ in range(FRAMES):
        side.draw()
    return {"frames": FRAMES / since(start)[0]}


def work(side):
    """Says when the environment exists, then measures a round for every line read."""
    print(json.dumps({"start": time.process_time()}), flush=True)
    for _ in sys.stdin:
        row = {**time_resets(side), **time_steps(side)}
        if side.draw:
            row.update(time_frames(side))
        print(json.dumps(row), flush=True)


class Worker:
    def __init__(self, kind, task):
        command = [sys.executable, os.path.abspath(sys.argv[0]), "--worker", kind, "--tasks", task]
        self.kind, self.task = kind, task
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.start = self.read()["start"]

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            fail(f"the {self.kind} side of '{self.task}' ended")
        return json.loads(line)

    def round(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.read()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


# ---- our side: a process per round ----

def our_round(program, task, pictures):
    done = subprocess.run([program, "--task", task, "--rounds", "1", pictures], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        fail(f"{program} failed on '{task}'")
    rows = {row["what"]: row for row in map(json.loads, done.stdout.splitlines()) if "unit" in row}

    def speed(what):
        return {"cpu": rows[what]["per_cpu_second_best"], "wall": rows[what]["per_wall_second_best"]}

    floor, ours = speed("bare physics"), speed("env_step")
    ours["reset"] = 1 / rows["env_reset"]["per_cpu_second_best"]
    ours["first_reset"] = 1 / rows["first env_reset"]["per_cpu_second_best"]
    ours["start"] = 1 / rows["env_create"]["per_cpu_second_best"]
    for key, what in (("frames", "64x64 reference"), ("fast_frames", "64x64 fast")):
        if what in rows:
            ours[key] = rows[what]["per_cpu_second_best"]
    return {"floor": floor, "playslot": ours}


def measure(program, task, rounds, kinds, pictures="--physics"):
    """Rounds of all sides, in turn: {side: [round, ...]}, and the workers' starts; `kinds` are the workers."""
    workers = [Worker(kind, task) for kind in kinds]
    seen = {side: [] for side in OURS + kinds}
    for _ in range(rounds):
        for side, row in our_round(program, task, pictures).items():
            seen[side].append(row)
        for worker in workers:
            seen[worker.kind].append(worker.round())
    for worker in workers:
        worker.close()
    return seen, {worker.kind: worker.start for worker in workers}


def measure_all(options, kinds, packages, pictures="--physics"):
    """{task: what measure gives}, inside the virtual environment and on one processor."""
    if not os.access(options.program, os.X_OK):
        fail(f"no program '{options.program}'; run ./scripts/build")
    enter(options.venv, packages)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # all sides, by inheritance
    results = {}
    for task in options.tasks.split(","):
        results[task] = measure(options.program, task, options.rounds, kinds, pictures)
        print(f"{PROGRAM}: {task} done", file=sys.stderr)
    print(f"{processor()}; {options.rounds} rounds of {STEPS} control steps; {', '.join(packages[:3])}\n")
    return results


# ---- tables ----

def median(rows, key):
    return statistics.median(row[key] for row in rows)


def ratio(rows, others):
    return statistics.median(a["cpu"] / b["cpu"] for a, b in zip(rows, others))


def sides_of(results):
    return list(next(iter(results.values()))[0])


def speed_table(results, key):
    sides = sides_of(results)
    rows = ["| task | " + " | ".join(TITLES[side] for side in sides) + " |", "|---" * (1 + len(sides)) + "|"]
    for task, (seen, _) in results.items():
        rows.append(f"| {task} | " + " | ".join(f"{median(seen[side], key):.0f}" for side in sides) + " |")
    return "\n".join(rows)


def ratio_table(results):
    others = [side for side in sides_of(results) if side != "playslot"]
    rows = ["| task | " + " | ".join(f"over {TITLES[side]}" for side in others) + " |", "|---" * (1 + len(others)) + "|"]
    for task, (seen, _) in results.items():
        rows.append(f"| {task} | " + " | ".join(f"{ratio(seen['playslot'], seen[side]):.2f}" for side in others) + " |")
    return "\n".join(rows)


def print_speeds(results):
    print(f"Control steps per second of processor time:\n\n{speed_table(results, 'cpu')}\n")
    print(f"playslot's steps per second of processor time over the others':\n\n{ratio_table(results)}\n")
    print(f"Control steps per second of wall time:\n\n{speed_table(results, 'wall')}\n")


def time_table(results):
    sides = sides_of(results)[1:]
    rows = ["| task | first reset, playslot | " + " | ".join(f"reset, {TITLES[side]}" for side in sides) + " | "
            + " | ".join(f"start, {TITLES[side]}" for side in sides[:3]) + " |",
            "|---" * (2 + len(sides) + len(sides[:3])) + "|"]
    for task, (seen, starts) in results.items():
        starts = {"playslot": median(seen["playslot"], "start"), **starts}
        times = [median(seen["playslot"], "first_reset")] + [median(seen[side], "reset") for side in sides]
        times += [starts[side] for side in sides[:3]]
        rows.append(f"| {task} | " + " | ".join(f"{1e3 * t:.3g}" for t in times) + " |")
    return "\n".join(rows)


def processor():
    with open("/proc/cpuinfo", encoding="ascii") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return names[0] if names else "unknown"


def parse(about, default_tasks, kinds, venv):
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", default=default_tasks, metavar="A,B", help=f"tasks by name (default {default_tasks})")
    parser.add_argument("--rounds", default=5, type=int, metavar="N", help="rounds per task (default 5)")
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "bench", "bench_env"), metavar="FILE",
                        help="default build/bench/bench_env")
    parser.add_argument("--venv", default=os.path.join(ROOT, "build", venv), metavar="DIR",
                        help=f"virtual environment to make and use (default build/{venv})")
    parser.add_argument("--worker", choices=kinds, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"--rounds {options.rounds} is below 1")
    return options


def main():
    options = parse(__doc__, TASKS, PEERS, "bench-venv")
    if options.worker:
        warnings.filterwarnings("ignore")
        work(open_side(options.worker, options.tasks))
        return 0
    results = measure_all(options, PEERS, PACKAGES)
    print_speeds(results)
    print(f"Processor time in milliseconds:\n\n{time_table(results)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
