package link

import (
	"math"
	"slices"

	"respawn/tracker"
)

// Bounds on articles that are compared by what they say. Two that have nothing to do
// with each other agree in one or two three-word runs of a hundred, by the small words
// of their language; one of which half was written anew, in one of three.
const (
	sameStory   = 0.25
	outletStory = 0.15 // how much of an outlet's article takes a match away
	sharedWords = 50   // that must be the same, whatever the share
	firstBins   = 16   // of a sketch: where 25 % of all agree, one of these does in 99 of 100 cases
)

// retold is the share of three-word runs that two articles have in common, as their
// sketches tell it; 0 where that is less than least, or too few words to be one
// article.
func retold(x, y *tracker.Story, least float64) float64 {
	if len(x.MinHash) < firstBins || len(x.MinHash) != len(y.MinHash) {
		return 0
	}
	if agree(x.MinHash[:firstBins], y.MinHash[:firstBins]) == 0 {
		return 0
	}
	j := agree(x.MinHash, y.MinHash)
	if j < least || j/(1+j)*float64(x.Words+y.Words) < sharedWords {
		return 0
	}
	return j
}

// likest is the article of list that x is most alike, and how much; nil for none.
func likest(x *tracker.Story, list []tracker.Story, least float64) (best *tracker.Story, alike float64) {
	for i := range list {
		if j := retold(x, &list[i], least); j > alike {
			best, alike = &list[i], j
		}
	}
	return best, alike
}

// addStories adds the articles of an older look, without those that are there.
func addStories(have, older []tracker.Story) []tracker.Story {
	for _, s := range older {
		if len(have) < maxStories && !slices.ContainsFunc(have, func(h tracker.Story) bool { return h.Slug == s.Slug && slices.Equal(h.MinHash, s.MinHash) }) {
			have = append(have, s)
		}
	}
	return have
}

// stories compares what the articles say that were read on both sites, and adds
// those that are the same under another slug and another title: the others are counted
// by these. It returns how many counted.
func (p *pair) stories() (n int) {
	taken := map[*tracker.Story]bool{}
	named := map[string]bool{}
	for i := range p.a.stories {
		x := &p.a.stories[i]
		y, alike := likest(x, p.b.stories, sameStory)
		if y == nil || taken[y] || named[x.Slug] {
			continue
		}
		taken[y], named[x.Slug] = true, true
		if x.Slug == y.Slug || letters(x.Title) == letters(y.Title) || p.elsewhere(x, y) {
			continue
		}
		k, sites := kinds["story"], p.strangers()
		strangers := p.printing(x, y)
		w := weight(k, strangers, sites)
		if w == 0 {
			p.ignore("story", x.Title, "printed by %d of %d unrelated sites: too common to say anything", strangers, sites)
			continue
		}
		n++
		p.addAs(k.role, "story", x.Title, w, "the same article as %q on %s, under another name: about %.0f %% of its three-word runs; %d of %d unrelated sites print it",
			y.Title, p.old.Name.Defang(), math.Round(100*alike), strangers, sites)
	}
	return n
}

// elsewhere says whether an article that both print is an outlet's, by what it says
// or by either of its names, and says so.
func (p *pair) elsewhere(x, y *tracker.Story) bool {
	b := p.cx.outlets()
	for _, s := range [...]*tracker.Story{x, y} {
		name, yes := b.has("slug", s.Slug)
		if !yes {
			name, yes = b.has("title", s.Title)
		}
		for i := range b.stories {
			if !yes && retold(s, &b.stories[i].Story, outletStory) > 0 {
				name, yes = b.stories[i].name, true
			}
		}
		if yes {
			p.ignore("story", x.Title, "ignored: the same article on the genuine %s", name.Defang())
			return true
		}
	}
	return false
}

// press are the articles of one stranger.
type press struct {
	name    tracker.Name // "" where [Background.Add] was not told
	stories []tracker.Story
}

// printing is how many strangers print an article that two sites have, by what it
// says or by either of its names.
func (p *pair) printing(x, y *tracker.Story) (n int) {
	bg := p.cx.Background
	if bg == nil {
		return 0
	}
	for i := range bg.press {
		s := &bg.press[i]
		if s.name != "" && (s.name == p.new.Name || s.name == p.old.Name) {
			continue
		}
		_, alike := likest(x, s.stories, sameStory)
		if alike == 0 {
			_, alike = likest(y, s.stories, sameStory)
		}
		if alike > 0 {
			n++
		}
	}
	return max(n, p.others("slug", x.Slug), p.others("slug", y.Slug), p.others("title", x.Title), p.others("title", y.Title))
}
