package fingerprint

import (
	"bytes"
	"cmp"
	"slices"

	"respawn/tracker"
)

// Bounds on articles.
const (
	maxStories   = 12 // kept of one capture
	fewestOfText = 60 // words of prose below which there is no article to compare
)

// stories are the articles that were read, by slug. What two of them show alike
// (the foot of the page, the teasers for others) is the site's and not the
// article's, and is left out. A page without prose of its own is no article.
func stories(read map[string]*document) []tracker.Story {
	shown := map[uint64]int{} // lines of prose, by how many articles have them
	for _, d := range read {
		seen := map[uint64]bool{}
		for line := range bytes.Lines(d.article) {
			if h := hashBytes(line); !seen[h] {
				seen[h] = true
				shown[h]++
			}
		}
	}
	var out []tracker.Story
	for slug, d := range read {
		var own []byte
		for line := range bytes.Lines(d.article) {
			if shown[hashBytes(line)] == 1 {
				own = append(own, line...)
			}
		}
		if s := sketchText(own); s.words >= fewestOfText {
			out = append(out, tracker.Story{Slug: slug, Title: d.headline(), Words: s.words, MinHash: s.minhash})
		}
	}
	slices.SortFunc(out, func(a, b tracker.Story) int { return cmp.Compare(a.Slug, b.Slug) })
	return out[:min(len(out), maxStories)]
}

// headline is what a page is headed by: its first heading of the first level that
// may be a title, else what the page calls itself; "" for neither.
func (d *document) headline() string {
	for _, h := range d.heads {
		if h.level == 1 && isTitle(h.text) {
			return h.text
		}
	}
	if t := d.meta("og:title"); t != "" {
		return t
	}
	return d.title
}
