"""python -m matching train | cold-start | evaluate | flips | card"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from matching import api, artifacts, serving
from matching.evaluation import proxy_set
from matching.evaluation.flips import flips
from matching.evaluation.report import bars, evaluate_views
from matching.evaluation.views import NEGATIVES, read_views
from matching.rankers.base import Ranker
from matching.rankers.baseline import Baseline
from matching.training.cold_start import write_cold_start, write_weights
from matching.training.dataset import build
from matching.training.files import read_interactions


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 is success, 1 a refused model, 2 bad input."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _train(options: argparse.Namespace) -> int:
    rows = read_interactions(options.path)
    card = api.train(rows, options.out, seed=options.seed, progress=_say)
    print(json.dumps(asdict(card), ensure_ascii=False, indent=2))
    return 0 if card.accepted else 1


def _cold_start(options: argparse.Namespace) -> int:
    rows = proxy_set.showings(
        proxy_set.read_occupations(options.path), people=options.people, seed=options.seed
    )
    data = build(rows, Baseline().features, _say)
    card = write_cold_start(
        data, options.out, source=proxy_set.NAME, seed=options.seed, assumed=proxy_set.ASSUMED
    )
    if options.weights is not None:
        write_weights(options.weights, options.out, card)
    print(json.dumps(asdict(card), ensure_ascii=False, indent=2))
    return 0 if card.accepted else 1


def _evaluate(options: argparse.Namespace) -> int:
    if options.set == "proxy":
        if options.bars or options.train_path is not None or options.models is not None:
            raise ValueError("--bars, --train-path and --models are for --set views")
        found = proxy_set.evaluate_proxy(options.path, seeds=options.seeds, progress=_say)
        print(json.dumps(found, ensure_ascii=False, indent=2) if options.json else _proxy_table(found))
        return 0
    report = evaluate_views(
        read_views(options.path),
        negatives=options.negatives,
        seeds=options.seeds,
        train_views=None if options.train_path is None else read_views(options.train_path),
        served=None if options.models is None else _served(options.models),
        progress=_say,
    )
    print(json.dumps(report, indent=2) if options.json else _table(report))
    if not options.bars:
        return 0
    kept = bars(report)
    for name, verdict in kept.items():
        _say(f"{'not run' if verdict is None else 'kept' if verdict else 'MISSED'}: {name}")
    return 0 if all(kept.values()) else 1


def _served(folder: Path) -> Ranker:
    if not folder.is_dir():
        raise ValueError(f"no folder {folder}")
    api.load(folder)
    return serving.ranker()


def _flips(options: argparse.Namespace) -> int:
    name = _served(options.models).name if options.models else api.active_model()
    found = flips(pairs=options.pairs, seed=options.seed)
    for attribute, change in found.changes.items():
        print(f"{attribute}: {change:.3g}")
    print(f"{name}: largest change over {found.pairs} pairs: {found.most:.3g} (bar 0)")
    return 0 if found.most == 0 else 1


def _card(options: argparse.Namespace) -> int:
    path = options.path
    if path.is_dir():
        found = artifacts.newest_first(path)
        if not found:
            raise ValueError(f"no model in {path}")
        path = found[0]
    print(json.dumps(asdict(artifacts.read_card(path)), ensure_ascii=False, indent=2))
    return 0


def _table(report: dict[str, Any]) -> str:
    lines = [f"{report['people']} people, {report['negatives']} negatives, {report['seeds']} seeds"]
    lines.append(f"{'system':16}{'AUC':>8}{'low':>8}{'high':>8}{'nDCG@10':>9}{'MRR':>8}{'HR@10':>8}")
    for name, row in report["systems"].items():
        figures = [row[key] for key in ("auc", "auc_low", "auc_high", "ndcg@10", "mrr", "hr@10")]
        lines.append(
            f"{name:16}{figures[0]:8.3f}{figures[1]:8.3f}{figures[2]:8.3f}{figures[3]:9.3f}"
            + (f"{figures[4]:8.3f}{figures[5]:8.3f}")
        )
    for name, row in report["ours_against"].items():
        lines.append(
            f"ours - {name}: {row['gain']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f}), paired by person"
        )
    if (row := report["served_against_rules"]) is not None:
        lines.append(
            f"served - weighted_rules: {row['gain']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f}), paired by person"
        )
    for name, value in report["leaking_features"].items():
        lines.append(f"LEAK? {name} alone reaches {value:.3f}")
    return "\n".join(lines)


def _proxy_table(report: dict[str, Any]) -> str:
    lines = [
        f"SYNTHETIC PROXY: {report['note']}",
        f"{report['people']} made-up people, {report['seeds']} seeds",
    ]
    for name, row in report["systems"].items():
        lines.append(
            f"{name:16}"
            + "".join(f"  {key} {row[key]:.3f}" for key in ("auc", "auc_low", "auc_high", "ndcg@10"))
        )
    return "\n".join(lines)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m matching", description="Train and judge the ranker.")
    commands = parser.add_subparsers(required=True)
    train = commands.add_parser("train", help="learn from lines of interactions and write an artifact")
    train.add_argument("--path", type=Path, required=True, help="file of interactions, one JSON per line")
    train.add_argument("--out", type=Path, required=True, help="folder of the models")
    train.add_argument("--seed", type=int, default=0)
    train.set_defaults(run=_train)
    cold = commands.add_parser(
        "cold-start", help="fit the rules on the synthetic proxy and write an artifact"
    )
    cold.add_argument("--path", type=Path, required=True, help="folder with the descriptions of occupations")
    cold.add_argument("--out", type=Path, required=True, help="folder of the models")
    cold.add_argument("--weights", type=Path, help="also write the weights that ship, into this file")
    cold.add_argument("--people", type=_positive, default=600)
    cold.add_argument("--seed", type=int, default=0)
    cold.set_defaults(run=_cold_start)
    evaluate = commands.add_parser("evaluate", help="judge on a set of job views")
    evaluate.add_argument("--set", choices=["views", "proxy"], default="views")
    evaluate.add_argument(
        "--path", type=Path, required=True, help="folder with the three tables, or with the descriptions"
    )
    evaluate.add_argument("--train-path", type=Path, help="learn on this folder, judge on the other")
    evaluate.add_argument("--models", type=Path, help="folder of models; what it serves is judged too")
    evaluate.add_argument("--negatives", choices=NEGATIVES, default=NEGATIVES[0])
    evaluate.add_argument("--seeds", type=_positive, default=5)
    evaluate.add_argument("--json", action="store_true", help="print JSON instead of a table")
    evaluate.add_argument("--bars", action="store_true", help="end with 1 if a bar was missed or not run")
    evaluate.set_defaults(run=_evaluate)
    flipped = commands.add_parser(
        "flips", help="flip protected attributes on many pairs; 1 if a score changes"
    )
    flipped.add_argument("--pairs", type=_positive, default=10_000)
    flipped.add_argument("--models", type=Path, help="folder of models; without it the weighted rules answer")
    flipped.add_argument("--seed", type=int, default=0)
    flipped.set_defaults(run=_flips)
    card = commands.add_parser("card", help="print the card of a model, or of the newest in a folder")
    card.add_argument("path", type=Path)
    card.set_defaults(run=_card)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number, at least 1")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
