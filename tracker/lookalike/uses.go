package lookalike

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"respawn/tracker"
)

//go:embed data/uses.csv
var usesCSV []byte

//go:embed data/reach.txt
var reachText []byte

//go:embed data/ordinary.txt
var ordinaryText []byte

// A Use is one observed return: Replacement came for Replaces. The prior of
// candidates is learned from uses.
type Use struct {
	Replacement   tracker.Name
	Replaces      tracker.Name
	KnownAt       time.Time // when it was public
	Family        string    // who did it; uses of the family that a case belongs to count more
	Kind          tracker.Kind
	AfterTakedown bool // the older name had been seized, suspended or blocked

	by *explanation // of those that are built in
}

// An explanation says by which rule a replacement came (-1 for none), and 1 where the
// label that it replaced is short.
type explanation struct{ rule, short int }

func (u *Use) explained() (rule, short int) {
	if u.by != nil {
		return u.by.rule, u.by.short
	}
	return explain(*u)
}

// ShippedUses are the uses that are built in (data/uses.csv says from whom): all
// were public before 2024-09-04, so that the wave of that month stays a fair
// test. The slice is shared and must not be changed.
var ShippedUses = sync.OnceValue(func() []Use {
	u, err := parseUses(usesCSV)
	if err != nil {
		panic(err) // fixed at build time
	}
	for i := range u {
		rule, short := explain(u[i])
		u[i].by = &explanation{rule, short}
	}
	return u
})

func parseUses(data []byte) ([]Use, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("uses: %w", err)
	}
	var out []Use
	for _, row := range rows[1:] {
		u := Use{Family: row[3], Kind: tracker.Kind(row[4]), AfterTakedown: row[5] == "yes"}
		if u.KnownAt, err = time.Parse(time.DateOnly, row[0]); err != nil {
			return nil, fmt.Errorf("uses: %w", err)
		}
		if u.Replacement, err = tracker.ParseName(row[1]); err != nil {
			return nil, fmt.Errorf("uses: %w", err)
		}
		if u.Replaces, err = tracker.ParseName(row[2]); err != nil {
			return nil, fmt.Errorf("uses: %w", err)
		}
		out = append(out, u)
	}
	return out, nil
}

// reach is the tier of each suffix in data/reach.txt.
var reach = sync.OnceValue(func() map[string]int { return numbered("reach.txt", reachText) })

// ordinarySuffixes is how many ordinary names stand under each suffix.
var ordinarySuffixes = sync.OnceValue(func() map[string]int { return numbered("ordinary.txt", ordinaryText) })

// ordinaryShare is how likely an ordinary name stands under each suffix of the table:
// counted (data/ordinary.txt) around how far suffixes reach.
var ordinaryShare = sync.OnceValue(func() []float64 {
	t, far, seen := suffixes(), reach(), ordinarySuffixes()
	reached := make([]float64, len(t.list))
	var count float64
	for i, s := range t.list {
		reached[i] = math.Pow(10, float64(far[s.Name]))
		count += float64(seen[s.Name])
	}
	normalise(reached)
	out := make([]float64, len(t.list))
	for i, s := range t.list {
		out[i] = (float64(seen[s.Name]) + count/2*reached[i]) / (count + count/2)
	}
	return out
})

// numbered reads lines of a number and the suffixes that have it.
func numbered(file string, text []byte) map[string]int {
	out := map[string]int{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] == "#" {
			continue
		}
		n, err := strconv.Atoi(f[0])
		if err != nil {
			panic(fmt.Sprintf("%s: %v", file, err)) // fixed at build time
		}
		for _, s := range f[1:] {
			out[s] = n
		}
	}
	return out
}

// The strengths of the levels of the suffix prior, in observations that the level
// above is worth, and the two powers. They maximise the likelihood of suffixes of
// campaigns left out one at a time, the wave of September 2024 not among them; the
// maximum is flat: half or twice of each changes the recall by less than two per
// cent (docs/bench/recall.md).
const (
	reachPower    = 0.5 // a tier of reach makes a suffix 10^0.5 times as likely
	repeatPower   = 0.3 // n names of one family under one suffix count as n^0.3
	cellStrength  = 200 // size and reach of a class against what was seen in it
	seenStrength  = 640 // class against suffixes seen anywhere
	afterStrength = 160 // ... against those seen after takedowns, in a case that has seizures
	familyWorth   = 40  // ... against those of the same family
	caseStrength  = 20  // ... against those of the case itself
	waveStrength  = 4   // ... against those of this very wave
	uniformFloor  = 0.001
)

// suffixPrior is P(suffix | wave, campaign, seizure, everything else), each level
// a Dirichlet mean around the one before, with a uniform floor: a suffix never
// used before is still tried, if late. The slice is parallel to suffixes().list.
func suffixPrior(c *tracker.Case, uses []Use, hits map[string]int) []float64 {
	t, far := suffixes(), reach()
	type cell struct {
		class SuffixClass
		tier  int
	}
	cells := make([]cell, len(t.list))
	size := map[cell]float64{}
	for i, s := range t.list {
		cells[i] = cell{s.Class, far[s.Name]}
		size[cells[i]]++
	}
	all := counts(uses, func(Use) bool { return true })
	mass, weight := map[cell]float64{}, map[cell]float64{}
	var total, z float64
	for _, i := range sortedKeys(all) { // a fixed order: sums of floats must not vary
		mass[cells[i]] += all[i]
		total += all[i]
	}
	for i := range t.list { // likewise
		w := math.Pow(10, reachPower*float64(cells[i].tier))
		weight[cells[i]] += w
		z += w
	}
	p := make([]float64, len(t.list))
	for i := range p {
		k := cells[i]
		p[i] = (mass[k] + cellStrength*weight[k]/z) / (total + cellStrength) / size[k]
	}
	level(p, all, seenStrength)
	// Also where no row says that it was seized: a name is watched for coming back.
	level(p, counts(uses, func(u Use) bool { return u.AfterTakedown }), afterStrength)
	if fam := familyOf(c, uses); fam != "" {
		level(p, counts(uses, func(u Use) bool { return u.Family == fam }), familyWorth)
	}
	own := map[int32]float64{}
	for _, n := range c.Names {
		if _, suffix := t.split(string(n.Name)); suffix != "" {
			if i, ok := t.index[suffix]; ok {
				own[i]++
			}
		}
	}
	level(p, tempered(own), caseStrength)
	wave := map[int32]float64{}
	for s, n := range hits {
		if i, ok := t.index[s]; ok && n > 0 {
			wave[i] = float64(n)
		}
	}
	level(p, wave, waveStrength)
	for i := range p {
		p[i] = (1-uniformFloor)*p[i] + uniformFloor/float64(len(p))
	}
	return p
}

// level moves p towards the shares in n: (n + strength*p) / (sum n + strength).
func level(p []float64, n map[int32]float64, strength float64) {
	var total float64
	for _, i := range sortedKeys(n) {
		total += n[i]
	}
	if total == 0 {
		return
	}
	for i := range p {
		p[i] = (n[int32(i)] + strength*p[i]) / (total + strength)
	}
}

// counts counts the suffixes of the uses that keep says, tempered for each family:
// one family's forty names under one suffix are not forty opinions.
func counts(uses []Use, keep func(Use) bool) map[int32]float64 {
	t := suffixes()
	byFamily := map[string]map[int32]float64{}
	var families []string
	for _, u := range uses {
		if !keep(u) {
			continue
		}
		_, suffix := t.split(string(u.Replacement))
		i, ok := t.index[suffix]
		if !ok {
			continue
		}
		if byFamily[u.Family] == nil {
			byFamily[u.Family] = map[int32]float64{}
			families = append(families, u.Family)
		}
		byFamily[u.Family][i]++
	}
	out := map[int32]float64{}
	for _, f := range families {
		for i, v := range tempered(byFamily[f]) {
			out[i] += v
		}
	}
	return out
}

func tempered(n map[int32]float64) map[int32]float64 {
	for i, v := range n {
		n[i] = math.Pow(v, repeatPower)
	}
	return n
}

// familyOf is the family that the case belongs to: the one whose uses name at
// least two of the case's names; empty if none does.
func familyOf(c *tracker.Case, uses []Use) string {
	in := map[tracker.Name]bool{}
	for _, n := range c.Names {
		in[n.Name] = true
	}
	shared, best := map[string]map[tracker.Name]bool{}, ""
	for _, u := range uses {
		for _, n := range []tracker.Name{u.Replacement, u.Replaces} {
			if !in[n] {
				continue
			}
			if shared[u.Family] == nil {
				shared[u.Family] = map[tracker.Name]bool{}
			}
			shared[u.Family][n] = true
			if k := len(shared[u.Family]); k >= 2 && (k > len(shared[best]) || k == len(shared[best]) && u.Family < best) {
				best = u.Family
			}
		}
	}
	return best
}

// usesFor are the uses that may be learned from: those public before asOf; with a
// zero asOf before the last seizure of the case, and all where it has none.
func usesFor(c *tracker.Case, uses []Use, asOf time.Time) []Use {
	if last := lastSeizure(c); !last.IsZero() && (asOf.IsZero() || last.Before(asOf)) {
		asOf = last // what came after the seizure is what the list is for: see Options.Hits
	}
	if asOf.IsZero() {
		return uses
	}
	var out []Use
	for _, u := range uses {
		if u.KnownAt.Before(asOf) {
			out = append(out, u)
		}
	}
	return out
}

func lastSeizure(c *tracker.Case) time.Time {
	var last time.Time
	for _, n := range c.Names {
		if n.Role == tracker.RoleSeized && n.SeizedAt.After(last) {
			last = n.SeizedAt
		}
	}
	return last
}
