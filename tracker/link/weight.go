package link

import (
	"math"

	"respawn/tracker"
)

// A role is what a match of a kind may do beyond adding to the score.
type role int

const (
	// nothing: the kind tells software or hosting apart, not people. A match is
	// listed with the reason and not counted.
	nothing role = iota
	// circumstance: adds to the score. It is no independent group and opens no gate:
	// thousands of strangers share the same registrar or buy the same theme.
	circumstance
	// support: counts as an independent group, but names nobody.
	support
	// identity: one operator chose, rented or was assigned the value.
	identity
)

// A kind of evidence: its group, the likelihood ratio of a match on a value that
// no stranger is known to carry, its role, and what else must be known of it.
type kind struct {
	group tracker.Group
	lr    float64
	role  role
	// fact names several spellings of one fact, such as an icon's two hashes, of
	// which only the first in facts counts.
	fact string
	// page: the value stands in the page itself, so that whoever copies the page
	// copies the value.
	page bool
	// bySite: an owner of two sites has two of them, so that a difference says nothing.
	bySite bool
	why    string // why a kind with role nothing says nothing
}

// kinds are the starting values of the evidence table in docs/methods.md, which
// names the source of each. A test holds it against the kinds that
// crawler/fingerprint emits, both ways.
var kinds = map[string]kind{
	// Tracking and advertising: one account, many sites.
	"ga-ua":          {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"ga4":            {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"gtm":            {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"google-tag":     {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"google-ads":     {group: tracker.GroupTracking, lr: 500, role: identity, page: true},
	"floodlight":     {group: tracker.GroupTracking, lr: 500, role: identity, page: true},
	"adsense":        {group: tracker.GroupTracking, lr: 100, role: support, page: true},             // intermediaries run hundreds
	"adsense-house":  {group: tracker.GroupTracking, lr: 3, role: support, page: true, bySite: true}, // of a sales house, by ads.txt
	"metrika":        {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"fb-pixel":       {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"fb-app":         {group: tracker.GroupTracking, lr: 500, role: identity, page: true},
	"fb-pages":       {group: tracker.GroupTracking, lr: 500, role: identity, page: true},
	"matomo":         {group: tracker.GroupTracking, lr: 1000, role: identity, page: true, fact: "matomo"},
	"tracking-host":  {group: tracker.GroupTracking, lr: 200, role: identity, page: true, fact: "matomo"},
	"vk-rtrg":        {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"tiktok":         {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"topmailru":      {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"cf-beacon":      {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"hotjar":         {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"clarity":        {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"disqus":         {group: tracker.GroupTracking, lr: 500, role: identity, page: true},
	"onesignal":      {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"umami":          {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"plausible":      {group: tracker.GroupTracking, lr: 500, role: identity, page: true},
	"fathom":         {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"goatcounter":    {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"histats":        {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"statcounter":    {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"top100":         {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"gemius":         {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"piwik-pro":      {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"jetpack":        {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"x-pixel":        {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"linkedin-tag":   {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"snap-pixel":     {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"pinterest-tag":  {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"reddit-pixel":   {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"bing-uet":       {group: tracker.GroupTracking, lr: 1000, role: identity, page: true},
	"yandex-rtb":     {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"taboola":        {group: tracker.GroupTracking, lr: 100, role: support, page: true}, // of a network, for all its publishers
	"quantcast":      {group: tracker.GroupTracking, lr: 500, role: identity, page: true},
	"chartbeat":      {group: tracker.GroupTracking, lr: 500, role: identity, page: true},
	"comscore":       {group: tracker.GroupTracking, lr: 100, role: support, page: true}, // of a group of publishers
	"captcha-key":    {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"sentry":         {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"google-api-key": {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"google-cse":     {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"tawk":           {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"crisp":          {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"jivo":           {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"mailchimp":      {group: tracker.GroupTracking, lr: 500, role: identity, page: true},
	"paypal-button":  {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"script-host":    {group: tracker.GroupTracking, lr: 30, role: support, page: true, bySite: true}, // 200 and identity where it is a name of the campaign
	// Tokens by which an account proves that it owns a site: in the page or in a
	// TXT record.
	"google-site-verification":     {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"yandex-verification":          {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"msvalidate":                   {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"facebook-domain-verification": {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"pinterest-verification":       {group: tracker.GroupTracking, lr: 500, role: identity, page: true, bySite: true},
	"mailru-verification":          {group: tracker.GroupTracking, lr: 500, role: identity, bySite: true},
	// Keys and certificates. The leaf is the key once more.
	"spki":              {group: tracker.GroupTLS, lr: 500, role: identity, fact: "key"},
	"certificate":       {group: tracker.GroupTLS, lr: 500, role: identity, fact: "key"},
	"host-key":          {group: tracker.GroupTLS, lr: 5, role: circumstance}, // a panel's or a neighbour's: of the machine, not of the site
	"certificate-names": {group: tracker.GroupTLS, lr: 200, role: identity},   // up to 3 domains; 50 up to 10
	"brand-key":         {group: tracker.GroupTLS},
	// Design.
	"favicon-mmh3":   {group: tracker.GroupDesign, lr: 100, role: identity, page: true, fact: "icon"},
	"favicon-sha256": {group: tracker.GroupDesign, lr: 100, role: identity, page: true, fact: "icon"},
	"favicon-phash":  {group: tracker.GroupDesign, lr: 20, role: support, page: true, fact: "icon"}, // similar logos are no rarity
	"favicon-etag":   {group: tracker.GroupDesign, lr: 100, role: support, page: true, fact: "icon"},
	"logo-sha256":    {group: tracker.GroupDesign, lr: 100, role: support, page: true, fact: "logo"}, // of a trade mark, or of a stock of them
	"logo-phash":     {group: tracker.GroupDesign, lr: 20, role: support, page: true, fact: "logo"},
	"stylesheet":     {group: tracker.GroupDesign, lr: 200, role: support, page: true},     // 3 and circumstance under a look that can be had
	"css":            {group: tracker.GroupDesign, lr: 20, role: circumstance, page: true}, // 12 under a theme that has a name
	"dom":            {group: tracker.GroupDesign, lr: 5, role: circumstance, page: true},
	"theme":          {group: tracker.GroupDesign, lr: 4, role: circumstance, page: true}, // sold to everyone
	// Content.
	"slug":      {group: tracker.GroupContent, lr: 60, role: support, page: true}, // two of them identify
	"title":     {group: tracker.GroupContent, lr: 60, role: support, page: true},
	"story":     {group: tracker.GroupContent, lr: 60, role: support, page: true},  // the same, under another name
	"planted":   {group: tracker.GroupContent, lr: 500, role: support, page: true}, // in copies of one outlet
	"text":      {group: tracker.GroupContent, lr: 300, role: identity, page: true},
	"site-name": {group: tracker.GroupContent, lr: 20, role: support, page: true},
	"wp-site":   {group: tracker.GroupContent, lr: 60, role: identity, page: true},
	"parked":    {group: tracker.GroupContent},
	"imitation": {group: tracker.GroupContent, lr: 3, role: circumstance},
	"disjoint":  {group: tracker.GroupContent},
	"trade":     {group: tracker.GroupContent},
	"language":  {group: tracker.GroupContent},
	// Redirects.
	"redirect":      {group: tracker.GroupRedirect, lr: 200, role: identity},
	"redirect-host": {group: tracker.GroupRedirect, lr: 30, role: support},
	"outbound":      {group: tracker.GroupRedirect, lr: 3, role: circumstance},
	// Contact.
	"email":            {group: tracker.GroupContact, lr: 300, role: identity, page: true},
	"phone":            {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"telegram":         {group: tracker.GroupContact, lr: 300, role: identity, page: true},
	"vk":               {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"x":                {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"facebook":         {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"instagram":        {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"youtube":          {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"tiktok-page":      {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"ok":               {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"patreon":          {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"ko-fi":            {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"buymeacoffee":     {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"boosty":           {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"paypal":           {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"rumble":           {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"odysee":           {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"bitchute":         {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"discord":          {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"bluesky":          {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"linktree":         {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"whatsapp-channel": {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"threads":          {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"truthsocial":      {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"gab":              {group: tracker.GroupContact, lr: 200, role: identity, page: true},
	"btc":              {group: tracker.GroupContact, lr: 1000, role: identity, page: true},
	"eth":              {group: tracker.GroupContact, lr: 1000, role: identity, page: true},
	"tron":             {group: tracker.GroupContact, lr: 1000, role: identity, page: true},
	"xmr":              {group: tracker.GroupContact, lr: 1000, role: identity, page: true},
	// Naming system and hosting. We see only the names of our own database on an
	// address or a name server: how many strangers are there too is not known, so
	// neither identifies anybody by itself.
	"parent":      {group: tracker.GroupHosting, lr: 200, role: identity}, // below a name of the campaign
	"ns-own":      {group: tracker.GroupHosting, lr: 60, role: identity},  // under one of the two names
	"ns":          {group: tracker.GroupHosting, lr: 6, role: circumstance},
	"ns-pair":     {group: tracker.GroupHosting, lr: 4, role: circumstance}, // assigned by account at a large provider
	"ptr":         {group: tracker.GroupHosting, lr: 60, role: identity},    // the address is named after one of the two
	"address":     {group: tracker.GroupHosting, lr: 10, role: support},
	"soa-contact": {group: tracker.GroupHosting, lr: 20, role: support},
	"hhhash":      {group: tracker.GroupHosting, why: "the order of headers tells server software apart, not people"},
	// Registration.
	"registrant-email": {group: tracker.GroupRegistration, lr: 200, role: identity},
	"registrant-phone": {group: tracker.GroupRegistration, lr: 200, role: identity},
	"registrant-org":   {group: tracker.GroupRegistration, lr: 20, role: support}, // resellers and proxies fill it in
	"batch":            {group: tracker.GroupRegistration, lr: 30, role: circumstance},
	"registrar":        {group: tracker.GroupRegistration, lr: 3, role: circumstance}, // by how many strangers are there
	// The label itself.
	"label":   {group: tracker.GroupName, lr: 50, role: support},
	"similar": {group: tracker.GroupName, lr: 5, role: circumstance},
}

// facts lists the spellings of one fact, the one that counts first.
var facts = map[string][]string{
	"icon":   {"favicon-mmh3", "favicon-sha256", "favicon-phash", "favicon-etag"},
	"logo":   {"logo-sha256", "logo-phash"},
	"key":    {"spki", "certificate"},
	"matomo": {"matomo", "tracking-host"},
}

const (
	// maxWeight caps a single weight and a group: ln 1000, so that no one value
	// can outvote everything else.
	maxWeight = 6.907755278982137
	// damping of further evidence in a group: it is correlated with the first.
	damping = 0.3
	// matchRate is P(match | same operator) for an identity value; operators also
	// change their accounts.
	matchRate = 0.7
	// seedSites is how many silent sites the background stands for before a
	// deployment has crawled that many itself: a value never seen is not proof that
	// it is unique.
	seedSites = 2000
)

// weight is ln LR of a match on a value of kind k that n of the background's
// sites carry: matchRate/f with f=(n+.5)/(N+1), never above the kind's own ratio,
// and nothing at all below 2, where chance is as good a story. N is the number of sites counted, or, while that is
// small, the silent seedSites, of which every stranger who does carry the value
// leaves far fewer to believe in: seedSites/(1+n)^7, so that one stranger is taken
// as one of sixteen. What should be one operator's own and is on one of a few dozen
// strangers is no accident: it is an agency's, a network's or a theme's.
func weight(k kind, n, sites int) float64 {
	silent := max(float64(sites), seedSites/math.Pow(float64(1+n), 7))
	f := (float64(n) + 0.5) / (silent + 1)
	lr := min(k.lr, matchRate/f)
	if lr < 2 {
		return 0
	}
	return min(math.Log(lr), maxWeight)
}

func logit(p float64) float64 { return math.Log(p / (1 - p)) }
