package tracker

// An Identifier is one value that a site carries and its operator chose, rented
// or was assigned: the raw material of links. Kind and Value together are the
// key; Value is canonical for its kind (METHODS of each kind in
// crawler/fingerprint).
type Identifier struct {
	Kind  string `json:"kind"`            // ga-ua, ga4, gtm, adsense, metrika, fb-pixel, matomo, favicon-mmh3, spki, ...
	Value string `json:"value"`           // canonical
	Where string `json:"where,omitempty"` // script, attribute, header, certificate, dns, ... as found
}

// A Fingerprint is everything about a capture that can be compared with another
// one. It extracts all there is; what a genuine outlet has too is subtracted in
// tracker/link, visibly.
type Fingerprint struct {
	Name     Name         `json:"name"`
	Rule     string       `json:"rule"` // version of the extractor
	Class    Class        `json:"class"`
	Title    string       `json:"title,omitempty"`
	SiteName string       `json:"site_name,omitempty"`
	Language string       `json:"language,omitempty"` // ISO 639-1; "" not told
	IDs      []Identifier `json:"ids,omitempty"`      // sorted by kind, value
	// Text is the 64-bit simhash of the visible article text over 3-word shingles;
	// TextWords tells how much text there was, 0 = none and Text means nothing.
	Text      uint64   `json:"text,omitempty"`
	TextWords int      `json:"text_words,omitempty"`
	MinHash   []uint32 `json:"minhash,omitempty"` // 128 permutations of word shingles
	DOM       uint64   `json:"dom,omitempty"`     // simhash of the tag sequence
	DOMTags   int      `json:"dom_tags,omitempty"`
	CSS       []string `json:"css,omitempty"`       // names of style classes and of custom elements, sorted
	Template  string   `json:"template,omitempty"`  // theme or generator signature
	Slugs     []string `json:"slugs,omitempty"`     // article slugs, sorted
	Titles    []string `json:"titles,omitempty"`    // article titles, sorted
	Stories   []Story  `json:"stories,omitempty"`   // articles that were read, by slug
	Outbound  []Name   `json:"outbound,omitempty"`  // registrable domains linked to
	Redirects []Name   `json:"redirects,omitempty"` // registrable domains passed through, in order
	SANs      []Name   `json:"sans,omitempty"`      // registrable domains on the certificate, other than its own
	Headers   []string `json:"headers,omitempty"`   // names in order
}

// A Story is an article of a site whose own page was read: what it is called may
// change with every edit, what it says seldom does.
type Story struct {
	Slug    string   `json:"slug"`
	Title   string   `json:"title,omitempty"`
	Words   int      `json:"words"`   // of prose that no other article of the site shows
	MinHash []uint32 `json:"minhash"` // of that prose, as in Fingerprint
}
