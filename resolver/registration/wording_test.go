package registration

import (
	"regexp"
	"strings"
	"testing"
)

// allWordings are those of this package, by name.
func allWordings() map[string]*wording {
	out := map[string]*wording{
		"reStateAbsent": reStateAbsent, "reStateRefused": reStateRefused, "reStateNever": reStateNever, "reStateLock": reStateLock,
		"reStateAbroad": reStateAbroad, "reStateTaken": reStateTaken, "reMessage": reMessage, "reTerms": reTerms,
		"absentWords": absentWords, "absentAbroad": absentAbroad, "absentElsewhere": absentElsewhere, "denial": denial, "freedom": freedom,
		"absentSpoiled": absentSpoiled, "spoiledKept": spoiledKept, "registrarWords": registrarWords, "boiler": boiler,
		"throttleWords": throttleWords, "throttledNow": throttledNow, "conditional": conditional, "refusedWords": refusedWords,
		"refusedNow": refusedNow, "keptBack": keptBack, "rightsReserved": rightsReserved, "generally": generally,
		"reDomainKey": reDomainKey, "reCreated": reCreated, "reExpires": reExpires, "reUpdated": reUpdated, "reRegistrar": reRegistrar,
		"reNS": reNS, "reStatusKey": reStatusKey, "reHolder": reHolder, "reTakenWord": reTakenWord, "contactPart": contactPart, "otherPart": otherPart,
		"bannerNoun": bannerNoun, "rePlace": rePlace, "strongTerms": strongTerms, "reSometime": reSometime, "reAsked": reAsked, "reAboutIt": reAboutIt,
		"reHeading": reHeading, "keyNever": keyNever,
	}
	for _, p := range keyPatterns {
		out["keyPatterns "+p.re.pattern[:8]] = p.re
	}
	return out
}

// sameAsRegexp compares every wording with the expression that it stands for.
func sameAsRegexp(t *testing.T, s string) {
	t.Helper()
	for name, w := range allWordings() {
		if got, want := w.MatchString(s), w.whole().MatchString(s); got != want {
			t.Errorf("%s matches %q: %v, its expression says %v", name, s, got, want)
		}
	}
	for _, w := range []*wording{spoiledKept, registrarWords, rightsReserved, keptBack, rePlace} {
		if got, want := w.ReplaceAllString(s, "_"), w.whole().ReplaceAllString(s, "_"); got != want {
			t.Errorf("replacing in %q: %q, want %q", s, got, want)
		}
	}
	if got, want := boiler.twice(s), len(boiler.whole().FindAllString(s, 2)) == 2; got != want {
		t.Errorf("twice in %q: %v, want %v", s, got, want)
	}
}

func TestWordingsMatchWhatTheirExpressionsMatch(t *testing.T) {
	for _, s := range []string{
		"", "n", "no", "frei", "libre", "the domain §is not registered.", "no match for §", "domain not found", "kein eintrag gefunden",
		"you have exceeded the limit of 5 queries per minute", "all rights reserved", "this name is reserved", "status: available",
		"域名未注册", "登録されていません", "свободен", "registered on 2020-01-02", "\xff\xfe no match \xff", "server busy, try again later",
	} {
		sameAsRegexp(t, s)
	}
	for _, w := range allWordings() {
		x := w.index()
		for _, p := range x.phrases {
			if p.re() == nil {
				t.Fatal("a phrase that compiles to nothing")
			}
		}
		if len(x.phrases) > 50 && len(x.always) > len(x.phrases)/8 {
			t.Errorf("%d of %d phrases hold no literal and are always run: %.60s", len(x.always), len(x.phrases), w.pattern)
		}
	}
}

// FuzzWordings: cutting an expression into phrases changes nothing that it matches.
func FuzzWordings(f *testing.F) {
	for i, r := range replies(f) {
		if i%8 != 0 { // all of them take a minute under the race detector
			continue
		}
		for l := range strings.Lines(strings.ToLower(r[1])) {
			f.Add(strings.TrimSpace(l))
		}
	}
	for _, s := range samples(f) {
		if len(s.text) < 150 {
			f.Add(strings.ToLower(s.text))
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 300 {
			s = s[:300]
		}
		sameAsRegexp(t, s)
	})
}

// FuzzSigns: what is looked for by its signs is what the expressions of the same
// meaning find.
func FuzzSigns(f *testing.F) {
	lead, trail := regexp.MustCompile(`^[\s%#;*>\-=|.!\[\]_"'(]+`), regexp.MustCompile(`[\s*<=\]|_"')\-]+$`)
	spaces, punctuation := regexp.MustCompile(`\s+`), regexp.MustCompile(`[\s._\-]+`)
	colon := regexp.MustCompile(`^([^:]{1,90}?)[\s.]*:+(?:\s+(.*)|)$`)
	for _, s := range samples(f) {
		for l := range strings.Lines(s.text) {
			if strings.Count(l, " ") > 1 && len(l) < 80 {
				f.Add(strings.TrimRight(l, "\r\n"))
				break
			}
		}
	}
	for _, s := range []string{"", ":", ".: x", " :: y", "a....: b", "a::b", "a:\t", "\xff: \xfe", "é .: ", strings.Repeat("a", 91) + ": b", strings.Repeat("é", 90) + " .:b", "§x", "a / b. c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := undecorated(s), trail.ReplaceAllString(lead.ReplaceAllString(s, ""), ""); got != want {
			t.Errorf("undecorated %q: %q, want %q", s, got, want)
		}
		if got, want := blanks(s, " \t\n\f\r_"), spaces.ReplaceAllString(strings.ReplaceAll(s, "_", " "), " "); got != want {
			t.Errorf("blanks of %q: %q, want %q", s, got, want)
		}
		if got, want := blanks(s, " \t\n\f\r._-"), punctuation.ReplaceAllString(s, " "); got != want {
			t.Errorf("blanks of the key %q: %q, want %q", s, got, want)
		}
		for _, c := range []struct {
			re    *regexp.Regexp
			signs string
		}{{reSplit, ".!?;。！？/"}, {reInner, "/()"}} {
			if got, want := split(c.re, c.signs, s), c.re.Split(s, -1); strings.Join(got, "\x00") != strings.Join(want, "\x00") {
				t.Errorf("%q is cut into %q, want %q", s, got, want)
			}
		}
		line, _, _ := strings.Cut(s, "\n") // fields are read line by line
		k, v, ok := colonField(line, strings.IndexByte(line, ':'))
		m := colon.FindStringSubmatch(line)
		if ok != (m != nil) || ok && (k != m[1] || v != m[2]) {
			t.Errorf("field %q: %q %q %v, want %q", line, k, v, ok, m)
		}
		trimmed := strings.TrimSpace(line)
		for _, c := range []struct {
			re  *regexp.Regexp
			may bool
		}{
			{reBracket, strings.Contains(line, "[")}, {reTold, startsWithAny(line, "itdnITDN")}, {reNamed, startsWithAny(line, "ordORD")},
			{reTight, strings.IndexByte(line, ':') > 0}, {reTabbed, strings.IndexByte(line, '\t') > 0},
			{rePipe, strings.IndexByte(line, '|') > 0}, {reAssign, strings.IndexByte(line, '=') > 0},
			{reNumber, startsWithAny(trimmed, "(0123456789")}, {reLeaders, strings.Count(trimmed, ".") > 2},
		} {
			if !c.may && c.re.MatchString(line) {
				t.Errorf("%q is not shown to %v, which matches", line, c.re)
			}
		}
		if reMarked.MatchString(s) != strings.Contains(s, subject) {
			t.Errorf("%q: the mark is not where the subject is", s)
		}
		if reAddress.MatchString(s) && !strings.ContainsAny(s, ":@.") {
			t.Errorf("%q: an address without its signs", s)
		}
	})
}
