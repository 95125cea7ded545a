package survival

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A Row is one duration and what is known of it.
//
// The end lies in (Left, Right]. Left == Right is an end seen at that very
// moment; Right = +Inf is a duration that was still running at Left.
type Row struct {
	Left, Right float64

	// Entry is when watching began, on the same clock: the row would not be in
	// the table had it ended at or before Entry (left truncation). 0 means that
	// it was watched from the start.
	Entry float64

	// Weight counts the row as that many equal rows. 0 means 1.
	Weight float64

	// Group is the stratum. Any text; "" is a group like every other.
	Group string

	// Cause is what ended the row, for [Incidence]. It is ignored for rows still running.
	Cause string
}

// Exact is a row that ended at t.
func Exact(t float64) Row { return Row{Left: t, Right: t} }

// Censored is a row that was still running at t.
func Censored(t float64) Row { return Row{Left: t, Right: math.Inf(1)} }

// Between is a row that ended after left and not later than right.
func Between(left, right float64) Row { return Row{Left: left, Right: right} }

// Ended reports whether the row is known to have ended.
func (r Row) Ended() bool { return !math.IsInf(r.Right, 1) }

// IsInterval reports whether the end is known only to lie between two moments.
func (r Row) IsInterval() bool { return r.Ended() && r.Left < r.Right }

// Validate returns what makes the row impossible, nil if nothing does.
func (r Row) Validate() error {
	switch {
	case math.IsNaN(r.Left) || math.IsInf(r.Left, 0):
		return fmt.Errorf("left %v is not a number of units", r.Left)
	case math.IsNaN(r.Right) || math.IsInf(r.Right, -1):
		return fmt.Errorf("right %v is not a number of units", r.Right)
	case math.IsNaN(r.Entry) || math.IsInf(r.Entry, 0):
		return fmt.Errorf("entry %v is not a number of units", r.Entry)
	case math.IsNaN(r.Weight) || math.IsInf(r.Weight, 0) || r.Weight < 0:
		return fmt.Errorf("weight %v is not a positive number", r.Weight)
	case r.Left < 0:
		return fmt.Errorf("left %v is negative", r.Left)
	case r.Entry < 0:
		return fmt.Errorf("entry %v is negative", r.Entry)
	case r.Right < r.Left:
		return fmt.Errorf("right %v is before left %v", r.Right, r.Left)
	case r.Entry > 0 && r.Ended() && r.Right <= r.Entry:
		return fmt.Errorf("entry %v is not before the end %v: it would not be in the table", r.Entry, r.Right)
	case r.Entry > 0 && !r.Ended() && r.Left <= r.Entry:
		return fmt.Errorf("entry %v is not before the last sighting %v: it was never watched", r.Entry, r.Left)
	}
	return nil
}

// weight is Weight with its zero case applied.
func (r Row) weight() float64 {
	if r.Weight == 0 {
		return 1
	}
	return r.Weight
}

// validate names the first impossible row by its index.
func validate(rows []Row) error {
	for i, r := range rows {
		if err := r.Validate(); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	return nil
}

// WideShare is the share, by weight, of interval rows wider than a tenth of
// median among all rows that ended. It is what a reader needs to judge whether a
// midpoint estimate may be quoted. NaN if nothing ended or median is not a number.
func WideShare(rows []Row, median float64) float64 {
	var wide, ended float64
	for _, r := range rows {
		if !r.Ended() {
			continue
		}
		ended += r.weight()
		if r.Right-r.Left > median/10 {
			wide += r.weight()
		}
	}
	if ended == 0 || math.IsNaN(median) {
		return math.NaN()
	}
	return wide / ended
}

// Groups returns the group names in rows, sorted, each once.
func Groups(rows []Row) []string {
	var names []string
	for _, r := range rows {
		names = append(names, r.Group)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// A point is a row reduced to what a product-limit estimate can use.
type point struct {
	t, entry, w float64 // entry is -Inf for rows watched from the start
	event       bool
	group       int
	cause       int
}

// points reduces rows to points, intervals at their midpoint, and merges times
// that are equal but for rounding. It returns them by ascending t and the number
// of midpoints that it made up. groups and causes give the indices to use.
func points(rows []Row, groups, causes []string) (ps []point, imputed int) {
	ps = make([]point, 0, len(rows))
	for _, r := range rows {
		p := point{t: r.Left, entry: math.Inf(-1), w: r.weight(), event: r.Ended()}
		if r.Entry > 0 {
			p.entry = r.Entry
		}
		if r.IsInterval() {
			imputed++
			// What happened before the entry is known not to have happened.
			p.t = midpoint(max(r.Left, r.Entry), r.Right)
		}
		p.group, _ = slices.BinarySearch(groups, r.Group)
		if p.event {
			p.cause, _ = slices.BinarySearch(causes, r.Cause)
		}
		ps = append(ps, p)
	}
	mergeTies(ps)
	// Order inside a tie must not reach the sums, or the order of rows would.
	slices.SortFunc(ps, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.t, b.t), cmp.Compare(a.w, b.w), cmp.Compare(a.entry, b.entry),
			cmp.Compare(a.group, b.group), cmp.Compare(a.cause, b.cause))
	})
	return ps, imputed
}

func midpoint(a, b float64) float64 { return a + (b-a)/2 }

// mergeTies moves times that differ only by rounding to the smallest of them, by
// the rule of aeqSurv in R's survival: closer than the square root of the machine
// epsilon, absolutely or relative to the mean time.
func mergeTies(ps []point) {
	tolerance := math.Sqrt(0x1p-52)
	times := make([]float64, 0, 2*len(ps))
	for _, p := range ps {
		times = append(times, p.t)
		if !math.IsInf(p.entry, -1) {
			times = append(times, p.entry)
		}
	}
	slices.Sort(times)
	times = slices.Compact(times)
	if len(times) == 0 {
		return
	}
	var mean float64
	for _, t := range times {
		mean += t / float64(len(times))
	}
	cuts := times[:1:1]
	for i := 1; i < len(times); i++ {
		if d := times[i] - times[i-1]; d > tolerance && d > tolerance*mean {
			cuts = append(cuts, times[i])
		}
	}
	if len(cuts) == len(times) {
		return
	}
	snap := func(t float64) float64 {
		i, found := slices.BinarySearch(cuts, t)
		if found {
			return t
		}
		return cuts[i-1]
	}
	for i := range ps {
		t := snap(ps[i].t)
		if math.IsInf(ps[i].entry, -1) {
			ps[i].t = t
			continue
		}
		// A row watched for less than the tolerance keeps its length.
		if e := snap(ps[i].entry); e < t {
			ps[i].t, ps[i].entry = t, e
		}
	}
}
