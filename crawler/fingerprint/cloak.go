package fingerprint

import (
	"fmt"
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"respawn/tracker"
)

// cloaked compares every pair of visits that say something. A challenge or an
// error shown to one of them says nothing about what the others see.
func (r *reading) cloaked() (bool, string) {
	for i := range r.shown {
		a := &r.shown[i]
		if !r.telling(a) {
			continue
		}
		for j := range r.shown[:i] {
			b := &r.shown[j]
			if !r.telling(b) {
				continue
			}
			if why := differ(b, a); why != "" {
				return true, fmt.Sprintf("%s and %s: %s", r.c.Visits[b.visit].Visitor, r.c.Visits[a.visit].Visitor, why)
			}
		}
	}
	return false, ""
}

// telling visits got an answer that is about content, for the front page or, as
// articles are for empty front pages, beside it.
func (r *reading) telling(s *shown) bool {
	switch s.class {
	case tracker.ClassChallenged, tracker.ClassError, tracker.ClassUnknown:
		return false
	}
	return s.hop != nil && r.c.Visits[s.visit].Visitor != "article"
}

// Two texts of one site differ for good reasons (a new headline, a shorter page
// for phones). Different pages share next to no shingles.
const (
	fewWords     = 40   // below, a hash says little
	sameShingles = 0.15 // resemblance from which it is one page
	farBits      = 16   // of 64; unrelated texts are 32 apart
)

func differ(a, b *shown) string {
	switch {
	case a.final != b.final:
		return fmt.Sprintf("led to %s and %s", a.final.Defang(), b.final.Defang())
	case a.class != b.class:
		return fmt.Sprintf("%s and %s", a.class, b.class)
	case a.class != tracker.ClassLive || a.hop.Body == b.hop.Body:
		return ""
	case a.text.words >= fewWords && b.text.words >= fewWords:
		d := bits.OnesCount64(a.text.simhash ^ b.text.simhash)
		if d > farBits && resemblance(a.text.minhash, b.text.minhash) < sameShingles {
			return fmt.Sprintf("different texts (%d of 64 bits apart)", d)
		}
	case max(a.text.words, b.text.words) >= 5*fewWords && min(a.text.words, b.text.words) < fewWords/2:
		return fmt.Sprintf("%d and %d words", a.text.words, b.text.words)
	case a.doc != nil && b.doc != nil && min(a.text.words, b.text.words) >= shortWords && otherPage(a.doc, b.doc):
		return "different pages of few words"
	}
	return ""
}

// Pages of a few words differ where they have neither their title nor their words
// in common; the small words of a language count for nothing.
const (
	shortWords  = 8
	sharedWords = 0.15 // of the shorter page's words
)

// otherPage compares what a hash cannot.
func otherPage(a, b *document) bool {
	if a.title != "" && normal(a.title) == normal(b.title) {
		return false
	}
	x, y := contentWords(a), contentWords(b)
	least := min(len(x), len(y))
	if least < shortWords/2 || a.title == "" && b.title == "" && least < shortWords {
		return false
	}
	both := 0
	for w := range x {
		if _, ok := y[w]; ok {
			both++
		}
	}
	return float64(both) < sharedWords*float64(least)
}

// contentWords are the words of the text that are no small words of any language.
func contentWords(d *document) map[string]struct{} {
	out := map[string]struct{}{}
	for _, w := range strings.FieldsFunc(normal(string(d.prosePart())), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if _, ok := small()[w]; !ok && utf8.RuneCountInString(w) > 2 {
			out[w] = struct{}{}
		}
	}
	return out
}
