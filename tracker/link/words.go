package link

import (
	"math"

	"respawn/tracker"
)

// Words is the probability of a score in the words of US Intelligence Community
// Directive 203 (section D.6.e.2.a), for people who read "log odds" as a decimal
// point gone astray: "almost no chance" up to 5 %, then "very unlikely" to 20,
// "unlikely" to 45, "roughly even chance" to 55, "likely" to 80, "very likely" to
// 95, "almost certain" above. It says how sure the score is, not what it rests
// on: a band of confirmed asks for more than a high score.
func Words(score float64) string {
	p := 1 / (1 + math.Exp(-score))
	for _, w := range []struct {
		upTo float64
		word string
	}{{.05, "almost no chance"}, {.20, "very unlikely"}, {.45, "unlikely"}, {.55, "roughly even chance"}, {.80, "likely"}, {.95, "very likely"}} {
		if p <= w.upTo {
			return w.word
		}
	}
	return "almost certain"
}

// InWords is [Words] of a score with the lines that it is the sum of. Where one of
// them holds the link at what its evidence may be worth at most, the words are of the
// band that this leaves it: how sure the sum is was cut off there, and "very likely"
// would say more than "probable" does.
func InWords(score float64, evidence []tracker.Evidence) string {
	for _, e := range evidence {
		if e.Kind == kindCeiling && e.Group == groupPrior {
			return string(byScore(score)) + ", and no more by what it rests on"
		}
	}
	return Words(score)
}
