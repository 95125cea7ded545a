package fingerprint

import (
	"net/url"
	"strings"
	"unicode"

	"respawn/tracker"
)

// folders are the paths, by the folder that they lie in, to which links lead whose text
// may be a title: a site may name its articles by a word or two, and keep them together.
type folders map[string]*folder

type folder struct {
	paths  map[string]bool
	titles []string // of those that neither name nor number an article
}

// listed is how many titles of one folder make a list of articles: a page has a link or
// two that read like one without being it, for its terms and its newsletter.
const listed = 3

// settle notes the titles of the folders that are lists.
func (f folders) settle(fp *tracker.Fingerprint) {
	for _, in := range f {
		if len(in.paths) >= listed {
			fp.Titles = append(fp.Titles, in.titles...)
		}
	}
}

// labelsOf are the texts by which a page links to several places: "read the whole story"
// is no title, in whatever language.
func labelsOf(anchors []anchor) map[string]bool {
	first, out := map[string]string{}, map[string]bool{}
	for i := range anchors {
		a := &anchors[i]
		if a.over == "" {
			continue // there would be nothing to put in its place
		}
		if href, seen := first[a.text]; !seen {
			first[a.text] = a.href
		} else if href != a.href {
			out[a.text] = true
		}
	}
	return out
}

// A caption is what tells of a link: its own text or, where that says "more", what
// stands over it.
type caption struct {
	text string
	over bool
}

func (a *anchor) title(labels map[string]bool) caption {
	if a.over != "" && (!isTitle(a.text) || labels[a.text]) {
		return caption{a.over, true}
	}
	return caption{a.text, false}
}

// article notes a path of the site that names an article, with its title, or that
// numbers one, or whose folder may be a list of them.
func (f folders) article(fp *tracker.Fingerprint, path, query string, by caption) {
	text := by.text
	sl := slug(path)
	if sl != "" {
		fp.Slugs = append(fp.Slugs, sl)
	}
	if !isTitle(text) {
		return
	}
	named := sl != "" || numbered(path) || numbered(query)
	if named {
		fp.Titles = append(fp.Titles, text)
	}
	path = strings.TrimRight(path, "/")
	at := strings.LastIndexByte(path, '/')
	if at < 0 || at == 0 && !by.over {
		return // the pages about a site lie in its root, under links that name them
	}
	in := f[path[:at]]
	if in == nil {
		in = &folder{paths: map[string]bool{}}
		f[path[:at]] = in
	}
	in.paths[path] = true
	if !named {
		in.titles = append(in.titles, text)
	}
}

// numbered says whether a path ends in the number of an article, whatever stands
// before or behind it in its last part: /news/48213, /2024/09/a48213-1.html, or a query: p=48213.
// Two digits or fewer are those of a page of a list, four those of a year.
func numbered(p string) bool {
	p = strings.TrimRight(p, "/")
	p = p[strings.LastIndexByte(p, '/')+1:]
	run, longest := 0, 0
	for i := range len(p) {
		if run++; p[i] < '0' || p[i] > '9' {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest == 3 || longest > 4
}

// slug is the part of a path that names an article: three words or more joined
// by hyphens or underscores. Dates, ids and file endings are cut; "" for paths
// that name none.
func slug(p string) string {
	p = strings.TrimRight(p, "/")
	p = p[strings.LastIndexByte(p, '/')+1:]
	if i := strings.LastIndexByte(p, '.'); i > 0 && len(p)-i <= 6 {
		p = p[:i]
	}
	if un, err := url.PathUnescape(p); err == nil {
		p = un
	}
	if len(p) > 200 || len(p) < 8 {
		return ""
	}
	words := strings.FieldsFunc(strings.ToLower(p), func(c rune) bool { return c == '-' || c == '_' })
	letters := 0
	kept := words[:0]
	for i, w := range words {
		digits := strings.Trim(w, "0123456789") == ""
		if digits && (i == 0 || i == len(words)-1) && len(w) > 2 {
			continue // an article number
		}
		if !digits {
			letters++
		}
		kept = append(kept, w)
	}
	if letters < 3 {
		return ""
	}
	return strings.Join(kept, "-")
}

// isTitle says that a text may be the title of an article: four words or more, or as much
// in a script without blanks: six characters of Chinese or Japanese, or twenty of Thai and
// its neighbours.
func isTitle(s string) bool {
	if len(s) < minTitle || len(s) > 300 {
		return false
	}
	if strings.Count(s, " ") >= 3 {
		return true
	}
	words, letters := 0, 0
	for _, r := range s {
		switch {
		case wide(r):
			words++
		case r >= 0x0e00 && unicode.In(r, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
			letters++
		}
	}
	return words >= 6 || letters >= 20
}
