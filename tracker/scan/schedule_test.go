package scan

import (
	"testing"
	"time"
)

func day(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestParseScheduleRefusesWhatWouldBreakANight(t *testing.T) {
	for _, expr := range []string{"", "TZ=UTC", "CRON_TZ=UTC", "TZ=Europe/Paris 0 2 * * *", "0 0 30 2 *", "@every 0s", "@every 1s", "61 * * * *", "* * * *"} {
		if _, err := ParseSchedule(expr, 0); err == nil {
			t.Errorf("ParseSchedule(%q) took it", expr)
		}
	}
}

func TestMissedNightsAreCaughtUpOnce(t *testing.T) {
	s, err := ParseSchedule("0 2 * * *", 0)
	if err != nil {
		t.Fatal(err)
	}
	due, ok := s.Due(day("2024-09-01 02:00"), day("2024-09-05 09:00"), "k")
	if !ok || !due.Equal(day("2024-09-05 02:00")) {
		t.Errorf("Due = %v, %v; want the latest night alone", due, ok)
	}
	if due, ok := s.Due(day("2024-09-05 02:00"), day("2024-09-05 09:00"), "k"); ok {
		t.Errorf("a night that was run is due again: %v", due)
	}
}

func TestJitterIsKeptOverARestart(t *testing.T) {
	s, err := ParseSchedule("0 2 * * *", 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	base := day("2024-09-05 02:00")
	a, b := s.Next(day("2024-09-04 12:00"), "one"), s.Next(day("2024-09-04 13:00"), "one")
	if !a.Equal(b) || a.Before(base) || !a.Before(base.Add(10*time.Minute)) {
		t.Errorf("Next = %v and %v", a, b)
	}
	if c := s.Next(day("2024-09-04 12:00"), "two"); c.Equal(a) {
		t.Errorf("two databases ask in the same second: %v", c)
	}
}
