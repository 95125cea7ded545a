package crawler

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

// Of the files that make the look of a page, so many are fetched beside it: a site's
// own style sheets and logos go with it from one name to the next.
const (
	maxStyles = 3
	maxLogos  = 2
)

// design are the style sheets and logos of a front page that somebody made for this
// site. What is in asked is asked for already.
func (s *site) design(home *url.URL, p page, asked []string) []string {
	var out []string
	pick := func(refs []string, limit int) {
		for _, ref := range refs {
			u, ok := s.ours(home, ref)
			if !ok || software(u.Path) || slices.Contains(asked, ref) || slices.Contains(out, ref) {
				continue
			}
			if limit--; limit < 0 {
				return
			}
			out = append(out, ref)
		}
	}
	pick(p.styles, maxStyles)
	pick(p.logos, maxLogos)
	return out
}

// software says that a file came with what the site is built with: its theme, a plugin,
// the system itself or a widespread library. Thousands of sites serve the same bytes.
func software(file string) bool {
	file = strings.ToLower(file)
	for _, dir := range softwareDirs {
		if strings.Contains(file, dir) {
			return true
		}
	}
	base := path.Base(file)
	return slices.ContainsFunc(libraries, func(l string) bool { return strings.Contains(base, l) })
}

// softwareDirs are where WordPress, Joomla, Drupal, TYPO3, Bitrix, DataLife, Magento and
// PrestaShop keep what they and their themes bring, and where package managers do.
var softwareDirs = []string{
	"/wp-content/themes/", "/wp-content/plugins/", "/wp-content/cache/", "/wp-includes/", "/wp-admin/",
	"/media/system/", "/media/jui/", "/media/vendor/", "/templates/", "/core/", "/modules/", "/themes/", "/sites/all/", "/misc/",
	"/typo3", "/bitrix/", "/engine/", "/static/version", "/node_modules/", "/bower_components/", "/vendor/", "/vendors/", "/lib/", "/libs/", "/plugins/",
}

// libraries are the names of style sheets that are loaded as they come.
var libraries = []string{
	"bootstrap", "normalize", "reset", "font-awesome", "fontawesome", "all.min.css", "icons", "icomoon", "jquery", "swiper", "slick", "owl.", "animate",
	"lightbox", "fancybox", "magnific", "flexslider", "tailwind", "bulma", "foundation", "materialize", "uikit", "semantic", "pure", "skeleton", "select2", "leaflet",
}
