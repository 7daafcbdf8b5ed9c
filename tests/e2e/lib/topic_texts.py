"""Texts of three topics, made of their words, and the corpus that a model is trained on."""
import random

TOPICS = {
    "gambling": "casino roulette jackpot poker bets dealer chips odds wager blackjack slots croupier payout stake".split(),
    "sports": "football goal referee stadium league match coach striker penalty season trophy keeper tackle fans".split(),
    "cooking": "oven flour butter recipe simmer garlic pepper whisk dough roast sauce tomato onion bake".split(),
}


def text(topic, seed, words=60):
    """Words of a topic among words that all have."""
    rng = random.Random(f"{topic}-{seed}")
    common = "the and with from that today here people some when more will good place time".split()
    return " ".join(rng.choice(TOPICS[topic] if rng.random() < 0.5 else common) for _ in range(words))


def labelled(first, count):
    return "".join(f"{topic}\t{text(topic, seed)}\n" for topic in TOPICS for seed in range(first, first + count))
