package registration

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// monthWords are month names by their first letters, in the languages in which
// registries were seen to write them.
var monthWords = map[string]time.Month{
	"jan": 1, "january": 1, "feb": 2, "february": 2, "mar": 3, "march": 3, "apr": 4, "april": 4, "may": 5,
	"jun": 6, "june": 6, "jul": 7, "july": 7, "aug": 8, "august": 8, "sep": 9, "sept": 9, "september": 9,
	"oct": 10, "october": 10, "nov": 11, "november": 11, "dec": 12, "december": 12,
	"oca": 1, "şub": 2, "sub": 2, "nis": 4, "haz": 6, "tem": 7, "ağu": 8, "agu": 8, "eyl": 9, "eki": 10, "kas": 11, "ara": 12,
	"ene": 1, "abr": 4, "ago": 8, "dic": 12, "fev": 2, "mai": 5, "set": 9, "out": 10, "dez": 12, "mär": 3, "mrz": 3, "okt": 10,
}

// zones are the time zone words of registries that mean one offset only. CST, IST
// and BST mean several and are read as not stated.
var zones = map[string]int{
	"utc": 0, "gmt": 0, "z": 0, "jst": 9, "kst": 9, "hkt": 8, "sgt": 8, "msk": 3, "eet": 2, "eest": 3, "cet": 1, "cest": 2,
	"wet": 0, "west": 1, "est": -5, "edt": -4, "pst": -8, "pdt": -7, "ict": 7, "wib": 7, "trt": 3, "clt": -4, "clst": -3, "art": -3, "brt": -3,
}

var (
	reISO = regexp.MustCompile(`\b(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[\sT-]+(\d{1,2}):(\d{2})(?::(\d{2}))?(\.\d+)?)?`)
	// yyyy. mm. dd. (Korea), yyyy年mm月dd日
	reKorean  = regexp.MustCompile(`\b(\d{4})\s*[.年]\s*(\d{1,2})\s*[.月]\s*(\d{1,2})\s*[.日]?`)
	reCompact = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})(?:[ T]?(\d{2}):?(\d{2}):?(\d{2}))?(?:[ Z#].*)?$`)
	reDMY     = regexp.MustCompile(`\b(\d{1,2})([-./])\s*(\d{1,2})[-./]\s*(\d{4})(?:[\sT]+(\d{1,2}):(\d{2})(?::(\d{2}))?(\.\d+)?)?`)
	reDMonY   = regexp.MustCompile(`\b(\d{1,2})(?:st|nd|rd|th)?[-\s./]+(?:de\s+)?(\p{L}{3,9})\.?,?[-\s./]+(?:de\s+)?(\d{4})(?:(?:\s+at)?[\s,:T]+(\d{1,2}):(\d{2})(?::(\d{2}))?(\.\d+)?)?`)
	reMonDY   = regexp.MustCompile(`\b(\p{L}{3,9})\.?[-\s]+(\d{1,2})(?:st|nd|rd|th)?,?\s+(?:(\d{1,2}):(\d{2})(?::(\d{2}))?\s+(?:([A-Za-z]{1,5})\s+)?)?(\d{4})`)
	reYMonD   = regexp.MustCompile(`\b(\d{4})[-\s./](\p{L}{3,9})[-\s./](\d{1,2})\b`)
	reOffset  = regexp.MustCompile(`(?:\b(?:GMT|UTC)\s*|^\s*-?\s*|\()([+-])(\d{1,2}):?(\d{2})?\b`)
	reZone    = regexp.MustCompile(`^[\s(]*([A-Za-z]{1,5})\b`)
	reBound   = regexp.MustCompile(`(?i)^\s*(before|prior to|after|since before|not later than|avant|vor|antes de)\b`)
	reEpoch   = regexp.MustCompile(`^\d{10}$`)
)

// slashOrder tells, for suffixes that write dates with slashes, whether the day
// or the month comes first. A date such as 03/04/2021 under another suffix is
// not read at all: half of the readings would be wrong.
var slashOrder = map[string]byte{
	"tk": 'm', "ml": 'm', "ga": 'm', "cf": 'm', "gq": 'm',
	"pt": 'd', "es": 'd', "fr": 'd', "re": 'd', "pm": 'd', "tf": 'd', "wf": 'd', "yt": 'd', "it": 'd', "gr": 'd', "lu": 'd',
	"tn": 'd', "sn": 'd', "ma": 'd', "ve": 'd', "py": 'd', "uy": 'd', "cl": 'd', "sg": 'd', "ie": 'd', "br": 'd', "ht": 'd',
}

// parseDate reads the dates of WHOIS and RDAP. Key is the field's name, which
// may tell the order of a date with slashes, as may the suffix. ok is false
// where the value holds no date, or one that cannot be read in one way only, or
// a bound instead of a date ("before Aug-1996").
func parseDate(key, value, suffix string) (t time.Time, ok bool) {
	v := strings.TrimSpace(value)
	if v == "" || len(v) > 200 || reBound.MatchString(v) {
		return time.Time{}, false
	}
	if reEpoch.MatchString(v) {
		n, err := strconv.ParseInt(v, 10, 64)
		return time.Unix(n, 0).UTC(), err == nil
	}
	if m := reCompact.FindStringSubmatch(v); m != nil {
		return makeDate(m[1], m[2], m[3], m[4], m[5], m[6], "", "")
	}
	if m := find(reISO, v); m != nil {
		return makeDate(m.s[1], m.s[2], m.s[3], m.s[4], m.s[5], m.s[6], m.s[7], m.rest)
	}
	if m := find(reKorean, v); m != nil {
		return makeDate(m.s[1], m.s[2], m.s[3], "", "", "", "", "")
	}
	if m := find(reYMonD, v); m != nil {
		return makeDate(m.s[1], month(m.s[2]), m.s[3], "", "", "", "", "")
	}
	if m := find(reDMonY, v); m != nil {
		return makeDate(m.s[3], month(m.s[2]), m.s[1], m.s[4], m.s[5], m.s[6], m.s[7], m.rest)
	}
	if m := find(reMonDY, v); m != nil {
		return makeDate(m.s[7], month(m.s[1]), m.s[2], m.s[3], m.s[4], m.s[5], "", m.s[6]+m.rest)
	}
	if m := find(reDMY, v); m != nil {
		d, mo := m.s[1], m.s[3]
		if m.s[2] == "/" {
			switch order := slashes(key+" "+value, suffix); {
			case atoi(d) > 12 || d == mo:
			case atoi(mo) > 12 || order == 'm':
				d, mo = mo, d
			case order == 0:
				return time.Time{}, false
			}
		}
		return makeDate(m.s[4], mo, d, m.s[5], m.s[6], m.s[7], m.s[8], m.rest)
	}
	return time.Time{}, false
}

func slashes(text, suffix string) byte {
	text = strings.ToLower(text)
	switch {
	case strings.Contains(text, "dd/mm"):
		return 'd'
	case strings.Contains(text, "mm/dd"):
		return 'm'
	}
	return slashOrder[suffix[strings.LastIndexByte(suffix, '.')+1:]]
}

type found struct {
	s    []string
	rest string
}

func find(re *regexp.Regexp, v string) *found {
	i := re.FindStringSubmatchIndex(v)
	if i == nil {
		return nil
	}
	return &found{re.FindStringSubmatch(v), v[i[1]:]}
}

func month(word string) string {
	w := strings.ToLower(word)
	m, ok := monthWords[w]
	for n := 3; !ok && n <= 4 && len(w) > n; n++ {
		m, ok = monthWords[string([]rune(w)[:min(n, len([]rune(w)))])]
	}
	if !ok {
		return ""
	}
	return strconv.Itoa(int(m))
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// makeDate builds an instant in UTC and refuses what is none (month 13, 31
// February, years no registry can mean). The rest of the value after the clock
// time may hold an offset or a zone; without one UTC is assumed.
func makeDate(year, mon, day, hour, minute, sec, frac, rest string) (time.Time, bool) {
	y, m, d := atoi(year), atoi(mon), atoi(day)
	if y < 1980 || y > 2200 || m < 1 || m > 12 || d < 1 || d > 31 {
		return time.Time{}, false
	}
	h, mi, s := max(atoi(hour), 0), max(atoi(minute), 0), max(atoi(sec), 0)
	if h > 24 || mi > 59 || s > 60 {
		h, mi, s = 0, 0, 0
	}
	t := time.Date(y, time.Month(m), d, h, mi, s, 0, time.UTC)
	if h < 24 && t.Day() != d {
		return time.Time{}, false
	}
	if len(frac) > 1 {
		if f, err := strconv.ParseFloat("0"+frac, 64); err == nil {
			t = t.Add(time.Duration(f * float64(time.Second))).Truncate(time.Millisecond)
		}
	}
	if hour == "" {
		return t, true // a day: an offset would move it to another one
	}
	return t.Add(-offset(rest)), true
}

// offset reads the zone that follows a clock time; zero where there is none.
func offset(rest string) time.Duration {
	if m := reOffset.FindStringSubmatch(rest); m != nil {
		d := time.Duration(atoi(m[2]))*time.Hour + time.Duration(max(atoi(m[3]), 0))*time.Minute
		if d > 15*time.Hour {
			return 0
		}
		if m[1] == "-" {
			return -d
		}
		return d
	}
	if m := reZone.FindStringSubmatch(rest); m != nil {
		return time.Duration(zones[strings.ToLower(m[1])]) * time.Hour
	}
	return 0
}
