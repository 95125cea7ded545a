package casefile

import (
	"fmt"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Published lists write days in four ways, sometimes within one file (Meta's
// Doppelganger list has all): 2024-03-05, 10 July 2024, 9/5/2024 and 07-12-2022.
// The last two are month first in that list (it also has 10-18-2023), but day
// first in European ones, so a file is asked: one day above 12 in either place
// tells the order of all. A file that does not tell is read month first, and
// each such row says so in its note.

// order is what a file tells about days written as two numbers and a year.
type order int

const (
	dayUnknown     order = iota // no day above 12: read as month first, and noted
	dayMonthFirst               // 10-18-2023 occurs
	dayFirst                    // 18-10-2023 occurs
	dayContradicts              // both occur: what could be either is refused
)

var (
	isoDay   = regexp.MustCompile(`^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$`)
	twoDay   = regexp.MustCompile(`^(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4})$`)
	wordDay  = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th)?[ .-]+([A-Za-z]{3,9})[ .,-]+(\d{4})$`)
	wordDay2 = regexp.MustCompile(`^([A-Za-z]{3,9})[ .]+(\d{1,2})(?:st|nd|rd|th)?[ ,]+(\d{4})$`)
	prefixed = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 _.-]{0,40}[=:] *(.+)$`)
)

// dayOrder looks at all days of a file.
func dayOrder(days iter.Seq[string]) order {
	o := dayUnknown
	for s := range days {
		m := twoDay.FindStringSubmatch(dayText(s))
		if m == nil || m[2] == "." {
			continue
		}
		a, _ := strconv.Atoi(m[1])
		b, _ := strconv.Atoi(m[3])
		seen := dayUnknown
		switch {
		case a > 12 && b <= 12:
			seen = dayFirst
		case b > 12 && a <= 12:
			seen = dayMonthFirst
		}
		switch {
		case seen == dayUnknown || seen == o:
		case o == dayUnknown:
			o = seen
		default:
			return dayContradicts
		}
	}
	return o
}

// dayText drops what stands before a day: "meta=2023-05-01" names its source.
func dayText(s string) string {
	s = strings.TrimSpace(s)
	if m := prefixed.FindStringSubmatch(s); m != nil {
		return strings.TrimSpace(m[1])
	}
	return s
}

// parseDay reads one day as UTC midnight. guessed says that day and month could
// change places and nothing in the file told which is which. With 13.07.2022 the
// day always stands first: nobody writes months first with dots.
func parseDay(s string, o order) (day time.Time, guessed bool, err error) {
	s = dayText(s)
	if m := isoDay.FindStringSubmatch(s); m != nil {
		day, err = date(m[1], m[2], m[3])
		return day, false, err
	}
	if m := twoDay.FindStringSubmatch(s); m != nil {
		a, _ := strconv.Atoi(m[1])
		b, _ := strconv.Atoi(m[3])
		switch either := a <= 12 && b <= 12 && a != b; {
		case m[2] == "." || a > 12:
			day, err = date(m[4], m[3], m[1])
		case !either || o == dayMonthFirst:
			day, err = date(m[4], m[1], m[3])
		case o == dayFirst:
			day, err = date(m[4], m[3], m[1])
		case o == dayContradicts:
			err = fmt.Errorf("day and month could change places, and the file has both orders")
		default:
			day, err = date(m[4], m[1], m[3])
			guessed = err == nil
		}
		return day, guessed, err
	}
	if m := wordDay.FindStringSubmatch(s); m != nil {
		day, err = date(m[3], m[2], m[1])
		return day, false, err
	}
	if m := wordDay2.FindStringSubmatch(s); m != nil {
		day, err = date(m[3], m[1], m[2])
		return day, false, err
	}
	return time.Time{}, false, fmt.Errorf("not a day (write 2024-09-04)")
}

// date checks that the day exists: 31 April is refused, not moved to May.
func date(year, month, day string) (time.Time, error) {
	y, _ := strconv.Atoi(year)
	d, _ := strconv.Atoi(day)
	m, err := strconv.Atoi(month)
	if err != nil {
		m = monthOf(month)
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if m < 1 || m > 12 || t.Day() != d || t.Month() != time.Month(m) {
		return time.Time{}, fmt.Errorf("there is no such day")
	}
	if y < 1985 || y > 2100 { // symbolics.com, the first .com, is of March 1985
		return time.Time{}, fmt.Errorf("the year %d cannot be meant", y)
	}
	return t, nil
}

func monthOf(s string) int {
	s = strings.ToLower(s)
	for m := time.January; m <= time.December; m++ {
		if full := strings.ToLower(m.String()); s == full || s == full[:3] || m == time.September && s == "sept" {
			return int(m)
		}
	}
	return 0
}

func isDate(col string) bool {
	return col == "seized_date" || col == "registered_date" || col == "registered_date_alt" || col == "listed_date"
}
