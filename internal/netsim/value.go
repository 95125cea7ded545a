package netsim

import (
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// An Instant is a moment of a world's calendar, UTC. A file writes it as a day
// (2024-09-05, meaning 00:00) or as an instant (2024-09-05T14:03:00Z, or
// "2024-09-05 14:03"). The zero Instant is an absent one.
type Instant struct {
	time.Time
	day bool
}

// IsDay reports whether the file gave a day without a time.
func (i Instant) IsDay() bool { return i.day }

// end is the instant at which a range that names i as its last moment is over:
// the end of the day when i is a day, else i itself.
func (i Instant) end() time.Time {
	if i.day {
		return i.AddDate(0, 0, 1)
	}
	return i.Time
}

// or returns i, or d when i is absent.
func (i Instant) or(d time.Time) time.Time {
	if i.IsZero() {
		return d
	}
	return i.Time
}

var instantLayouts = []struct {
	layout string
	day    bool
}{
	{time.DateOnly, true},
	{time.RFC3339, false},
	{"2006-01-02T15:04Z07:00", false},
	{"2006-01-02 15:04", false},
	{time.DateTime, false},
}

// ParseInstant reads the forms that a world file may use.
func ParseInstant(s string) (Instant, error) {
	for _, l := range instantLayouts {
		if t, err := time.Parse(l.layout, s); err == nil {
			if t.Year() < 1980 || t.Year() > 2200 {
				return Instant{}, fmt.Errorf("%q is outside 1980-2200", s)
			}
			return Instant{Time: t.UTC(), day: l.day}, nil
		}
	}
	return Instant{}, fmt.Errorf("%q is neither a day (2024-09-05) nor an instant (2024-09-05T14:03:00Z)", s)
}

// UnmarshalYAML reads an Instant from a scalar.
func (i *Instant) UnmarshalYAML(n *yaml.Node) error {
	s, err := scalar(n)
	if err != nil || s == "" {
		return err
	}
	*i, err = ParseInstant(s)
	return at(n, err)
}

// A Duration is a span of wall-clock time, written as Go writes it: 800ms, 1m30s.
type Duration struct{ time.Duration }

// UnmarshalYAML reads a Duration from a scalar.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	s, err := scalar(n)
	if err != nil || s == "" {
		return err
	}
	d.Duration, err = time.ParseDuration(s)
	if err == nil && (d.Duration < 0 || d.Duration > time.Hour) {
		err = fmt.Errorf("duration %q is not between 0 and 1h", s)
	}
	return at(n, err)
}

// A TimeOfDay is a time of day, UTC, written 14:03 or 14:03:22.
type TimeOfDay struct {
	time.Duration
	set bool
}

// UnmarshalYAML reads a TimeOfDay from a scalar.
func (d *TimeOfDay) UnmarshalYAML(n *yaml.Node) error {
	s, err := scalar(n)
	if err != nil || s == "" {
		return err
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			d.Duration = t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC))
			d.set = true
			return nil
		}
	}
	return at(n, fmt.Errorf("%q is not a time of day (14:03)", s))
}

// anything accepts and forgets every value.
type anything struct{}

// UnmarshalYAML forgets the value.
func (*anything) UnmarshalYAML(*yaml.Node) error { return nil }

func scalar(n *yaml.Node) (string, error) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		return "", at(n, fmt.Errorf("want one value, not a list or a map"))
	}
	if n.Tag == "!!null" {
		return "", nil
	}
	return strings.TrimSpace(n.Value), nil
}

// A placed error knows its line, so that the loader can name file and line.
type placed struct {
	line int
	err  error
}

func (p placed) Error() string { return p.err.Error() }
func (p placed) Unwrap() error { return p.err }

func at(n *yaml.Node, err error) error {
	if err == nil {
		return nil
	}
	return placed{n.Line, err}
}
