#!/usr/bin/env python3
"""Compares playslot's tasks and experts with Meta-World's Python package, step by step.

Per task and seed: `playslot rollout --policy expert` writes an episode; the Python environment is made with the
same seeding (the goal-observable class with seeded random vectors) and gets the actions of that episode. Compared
are the first observation, then at every step the decision of Python's expert for Python's observation, observation,
reward and every number of info. Bounds: 0 for decisions, observations and success, 4e-15 for rewards and the other
numbers of info (exp and log of two mathematics libraries differ in the last bits). With --reward v1 both sides use
the older reward function; the bound of its rewards, which reach some thousands, is 4e-12.

Exit status: 0 all within the bounds, 1 a difference beyond them, 2 the comparison could not be made.

The Python packages go into a virtual environment of their own below build/, at the first run (needs a network then).
"""
import argparse
import importlib.metadata
import os
import subprocess
import sys
import tempfile
import warnings

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.splitext(os.path.basename(sys.argv[0]))[0]
PACKAGES = ["metaworld==3.1.1", "mujoco==3.3.0", "gymnasium", "packaging", "numpy", "safetensors"]
STEPS_MAX = 500
# of rewards and info; v1: 4000 times an exp of up to one unit in its last place (2e-16), sums rounded near 7000 (9e-13)
REWARD_BOUNDS = {"v2": 4e-15, "v1": 4e-12}


def fail(text):
    print(f"{PROGRAM}: {text}", file=sys.stderr)
    sys.exit(2)


# ---- the virtual environment ----

CHECK = """
import importlib.metadata as m, sys
wanted = [p.partition("==") for p in sys.argv[1:]]
try:
    ok = all(not v or m.version(n) == v for n, _, v in wanted) and all(m.version(n) for n, _, _ in wanted)
except m.PackageNotFoundError:
    ok = False
sys.exit(0 if ok else 1)
"""


def run_quietly(command, what):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except OSError as error:
        fail(f"{what}: {error}")
    if done.returncode:
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        fail(f"{what}: {lines[-1] if lines else f'exit status {done.returncode}'}")


def prepare(folder, packages):
    """Make the environment where it is missing or has other versions; returns its interpreter."""
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(python):
        run_quietly([sys.executable, "-m", "venv", folder],
                    f"cannot make a virtual environment in {folder} (Debian: python3-venv)")
    if subprocess.run([python, "-c", CHECK, *packages]).returncode:
        print(f"{PROGRAM}: installing {' '.join(packages)} into {folder}", file=sys.stderr)
        run_quietly([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
                    f"pip could not install {' '.join(packages)}")
    return python


def enter(folder, packages=PACKAGES):
    """Go on with the running script inside the virtual environment, in place of this process."""
    folder = os.path.abspath(folder)
    if os.path.realpath(sys.prefix) != os.path.realpath(folder):
        python = prepare(folder, packages)
        os.execv(python, [python, os.path.abspath(sys.argv[0]), *sys.argv[1:]])


# ---- our side ----

def rollout(program, task, seed, path, arguments):
    """One episode of ours: what the file says about itself, and its tensors."""
    run_quietly([program, "rollout", "--task", task, "--seed", str(seed), *arguments, "--out", path],
                f"{task} seed {seed}")
    from safetensors import safe_open
    with safe_open(path, "np") as file:
        about = file.metadata()
        if (about["task"], about["seed"]) != (task, str(seed)):
            fail(f"{path} is of task {about['task']} and seed {about['seed']}")
        if about["mujoco"] != importlib.metadata.version("mujoco"):
            fail(f"playslot runs MuJoCo {about['mujoco']}, Python {importlib.metadata.version('mujoco')}")
        return about, {name: file.get_tensor(name) for name in file.keys()}


def record(options, task, seed, path):
    """One episode of our expert: the tensors of the file."""
    about, tensors = rollout(options.program, task, seed, path,
                             ["--policy", "expert", "--seeding", "seeded", "--reward", options.reward,
                              "--policy-noise", str(options.policy_noise), "--steps", str(options.steps)])
    if about["reward_version"] != options.reward:
        fail(f"{path} is of reward {about['reward_version']}")
    return tensors


# ---- their side ----

def make_env(task, seed, reward):
    """Every reset draws its vector from the environment's own generator, seeded once."""
    from metaworld.env_dict import ALL_V3_ENVIRONMENTS_GOAL_OBSERVABLE as classes
    env = classes[f"{task}-v3-goal-observable"](seed=seed)
    env.reward_function_version = reward  # what its constructor hands on to the class behind it
    env._freeze_rand_vec = False
    env.seeded_rand_vec = True
    env.seed(seed)
    return env


def all_tasks():
    from metaworld.env_dict import ALL_V3_ENVIRONMENTS
    return [name.removesuffix("-v3") for name in ALL_V3_ENVIRONMENTS]


def own_tasks(program):
    """Tasks of playslot that are not Meta-World's, from the second column of its list."""
    done = subprocess.run([program, "tasks", "list"], stdout=subprocess.PIPE, text=True)
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    if done.returncode or not rows:
        fail(f"'{program} tasks list' lists no tasks")
    return [row[0] for row in rows if row[1] != "metaworld"]


# ---- comparison ----

def distance(a, b):
    """Largest absolute difference; infinity where only one is not a number or the shapes differ."""
    import numpy as np
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape:
        return float("inf")
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    apart = np.where(same, 0.0, np.abs(np.where(same, 0.0, a) - np.where(same, 0.0, b)))
    return float(np.max(np.where(np.isnan(apart), np.inf, apart), initial=0.0))


def spot(ours, theirs):
    """The first unequal pair, in words."""
    import numpy as np
    a, b = np.atleast_1d(ours).astype(np.float64), np.atleast_1d(theirs).astype(np.float64)
    if a.shape != b.shape:
        return f"shapes {a.shape} and {b.shape}"
    i = int(np.argmax(~((a == b) | (np.isnan(a) & np.isnan(b)))))
    return (f"number {i}: " if a.size > 1 else "") + f"playslot {a[i]:.17g}, python {b[i]:.17g}"


class Tally:
    """What was seen of one task: the largest differences by column; the last column takes what has none."""

    def __init__(self, task, columns, bounds):
        """`bounds` by quantity; a quantity that is not named there has the bound of its column."""
        self.task, self.bounds, self.first, self.beyond = task, bounds, None, None
        self.columns, self.worst = columns, dict.fromkeys(columns, 0.0)
        self.episodes = self.steps = self.unequal_success = 0
        self.solved = [0, 0]  # episodes, ours and theirs

    def see(self, seed, step, what, ours, theirs):
        apart = distance(ours, theirs)
        column = what if what in self.worst else self.columns[-1]
        self.worst[column] = max(self.worst[column], apart)
        if apart == 0:
            return
        note = f"{self.task} seed {seed} step {step} {what}: {spot(ours, theirs)} ({apart:.3g} apart)"
        self.first = self.first or note
        if apart > self.bounds.get(what, self.bounds[column]):
            self.beyond = self.beyond or note

    def end_episode(self, ours, theirs):
        """Success flags of its steps."""
        self.episodes += 1
        self.steps += len(ours)
        self.unequal_success += sum(a != b for a, b in zip(ours, theirs))
        self.solved = [self.solved[0] + any(ours), self.solved[1] + any(theirs)]

    def report(self):
        if self.beyond:
            print(f"BEYOND  {self.beyond}", flush=True)
        print(f"first   {self.first}" if self.first else f"equal   {self.task}", flush=True)


def metaworld_tally(task, reward):
    bounds = {"decision": 0.0, "observation": 0.0, "success": 0.0, "reward": REWARD_BOUNDS[reward],
              "info": REWARD_BOUNDS[reward]}
    return Tally(task, ["decision", "observation", "reward", "info"], bounds)


def compare(tally, seed, ours, reward_version, noisy):
    """Run the Python side of one episode; step 0 is the reset. Decisions are only compared where no noise was added."""
    import metaworld.policies
    env = make_env(tally.task, seed, reward_version)
    expert = metaworld.policies.ENV_POLICY_MAP[f"{tally.task}-v3"]()
    obs, _ = env.reset()
    tally.see(seed, 0, "observation", ours["obs"][0], obs)
    flags = [], []
    for t, action in enumerate(ours["action"]):
        decision = expert.get_action(obs.copy()).astype("float32")
        if not noisy:
            tally.see(seed, t + 1, "decision", action, decision)
        obs, reward, _, _, info = env.step(action)
        tally.see(seed, t + 1, "observation", ours["obs"][t + 1], obs)
        tally.see(seed, t + 1, "reward", ours["reward"][t], reward)
        for name, value in info.items():
            tally.see(seed, t + 1, name, ours[f"extra.{name}"][t], float(value))
        flags[0].append(bool(ours["success"][t]))
        flags[1].append(bool(info["success"]))
    env.close()
    tally.end_episode(*flags)


def table(tallies):
    columns = tallies[0].columns
    rows = ["| task | episodes | steps | solved, playslot | solved, python | unequal success flags | "
            + " | ".join(columns) + " |", "|---" * (6 + len(columns)) + "|"]
    for t in tallies:
        rows.append(f"| {t.task} | {t.episodes} | {t.steps} | {t.solved[0]} | {t.solved[1]} | {t.unequal_success} | "
                    + " | ".join(f"{t.worst[c]:.2g}" for c in columns) + " |")
    return "\n".join(rows)


def conclude(tallies):
    """The table and the sum; gives the exit status."""
    bad = sum(1 for t in tallies if t.beyond)
    print(f"\n{table(tallies)}\n")
    print(f"{len(tallies)} tasks, {sum(t.episodes for t in tallies)} episodes, {sum(t.steps for t in tallies)} steps: "
          f"{sum(1 for t in tallies if not t.first)} tasks without any difference, {bad} beyond the bounds")
    return 1 if bad else 0


def whole_numbers(text):
    """"3", "0-9" or "1,4,7-9"."""
    numbers = []
    for part in text.split(","):
        low, dash, high = part.partition("-")
        numbers += range(int(low), int(high if dash else low) + 1)
    if not numbers or max(numbers) >= 2**32:
        raise argparse.ArgumentTypeError(f"no seeds below 2^32 in '{text}'")
    return numbers


def add_common_options(parser, venv):
    parser.add_argument("--seeds", default=list(range(10)), type=whole_numbers, metavar="0-9",
                        help="seeds and ranges of seeds (default 0-9)")
    parser.add_argument("--program", default=os.path.join(ROOT, "build", "playslot"), metavar="FILE",
                        help="the playslot to compare (default build/playslot)")
    parser.add_argument("--venv", default=os.path.join(ROOT, "build", venv), metavar="DIR",
                        help=f"virtual environment to make and use (default build/{venv})")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", default="all", metavar="A,B", help="tasks by name, or all (default)")
    parser.add_argument("--steps", default=STEPS_MAX, type=int, help="control steps per episode (default 500)")
    parser.add_argument("--reward", default="v2", choices=REWARD_BOUNDS, help="reward function (default v2)")
    parser.add_argument("--policy-noise", default=0.0, type=float, metavar="SIGMA",
                        help="noise on the expert's actions, so that it fails now and then (default 0)")
    add_common_options(parser, "parity-venv")
    options = parser.parse_args()
    if not 1 <= options.steps <= STEPS_MAX:
        parser.error(f"--steps {options.steps} is outside 1..{STEPS_MAX}")
    return options


def chosen_tasks(text, program):
    known, own = all_tasks(), own_tasks(program)
    if text == "all":
        for name in own:
            print(f"skipped {name}: not a task of Meta-World")
        return known
    names = [name.strip().removesuffix("-v3") for name in text.split(",")]
    for name in names:
        if name not in known and name in own:
            fail(f"'{name}' is not a task of Meta-World: there is nothing to compare it with")
        if name not in known:
            fail(f"Meta-World has no task '{name}'")
    return names


def main():
    options = parse()
    if not os.access(options.program, os.X_OK):
        fail(f"no program '{options.program}'; run ./scripts/build")
    enter(options.venv)
    warnings.filterwarnings("ignore")
    tallies = []
    with tempfile.TemporaryDirectory(prefix="parity-") as folder:
        path = os.path.join(folder, "episode.safetensors")
        for task in chosen_tasks(options.tasks, options.program):
            tally = metaworld_tally(task, options.reward)
            for seed in options.seeds:
                compare(tally, seed, record(options, task, seed, path), options.reward, options.policy_noise > 0)
            tallies.append(tally)
            tally.report()
    return conclude(tallies)


if __name__ == "__main__":
    sys.exit(main())
