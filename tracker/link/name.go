package link

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"respawn/tracker"
)

// LabelKey is a label as labels are compared: campaigns put hyphens in and take
// them out ("fox-news", "foxnews"), and mean the same name.
func LabelKey(label string) string { return strings.ReplaceAll(label, "-", "") }

// shortLabel is the length up to which a label is in demand everywhere.
const shortLabel = 4

// name adds what the label itself says: the prior already counted that the label
// is the same, so this is its rarity alone. A coined word that nobody else ever
// registered says much; a dictionary word or an outlet's own name says nothing.
func (p *pair) name(rule, relation string) {
	label := p.a.label
	if !p.sameLabel {
		p.similar(rule, relation)
		return
	}
	if p.copies != original {
		p.ignore("label", label, "the label is an outlet's own name; others hold it rightly")
		return
	}
	if relation == tracker.RelationTwin {
		p.ignore("label", label, "the name was there before: its owner did not take the label from the case")
		return
	}
	twins := p.twins(label)
	lr := kinds["label"].lr
	if len(label) <= shortLabel {
		lr = 15 // short labels are in demand everywhere
	}
	lr /= float64(1 + twins)
	w := math.Log(lr)
	if w <= 0 {
		p.ignore("label", label, "%d others held this label before the seizure", twins)
		return
	}
	if label != p.b.label {
		// Who comes upon these words by himself writes them with hyphens as often as without.
		p.add("label", label, max(w-math.Ln2, w/2), "%s but for hyphens, a label that %s bore before the seizure", p.b.label, others(twins, "other name"))
		return
	}
	if twins == 0 {
		p.add("label", label, w, "a label that nobody else was seen to hold before the seizure")
		return
	}
	p.add("label", label, w, "a label that %s bore before the seizure", others(twins, "other name"))
}

// twins is how many others bore a label before the seizure.
func (p *pair) twins(label string) int {
	n := p.cx.Twins[LabelKey(label)]
	if bg := p.cx.Background; n > 0 && bg != nil && bg.values[p.new.Name] != nil && before(p.born(), p.ended()) {
		n-- // new is one of them itself
	}
	return n
}

// archiveByLabel says whether the label of new says that it is an archive, and that of old
// does not. Universities, libraries and newsrooms keep what was seized under its own name
// and such a word.
func (p *pair) archiveByLabel() bool { return archiveLabel(p.a.label) && !archiveLabel(p.b.label) }

// archiveByTitle says the same of what their sites call themselves, old's ever.
func (p *pair) archiveByTitle() bool {
	return archiveTitle(p.new.Fingerprint) && !archiveTitle(p.old.Fingerprint) && !slices.ContainsFunc(p.old.History, archiveTitle)
}

func archiveLabel(label string) bool {
	label = LabelKey(label)
	return slices.ContainsFunc(archiveWords, func(w string) bool {
		return label != w && (strings.HasPrefix(label, w) || strings.HasSuffix(label, w))
	})
}

// archiveTitle says whether a page calls its site an archive. False for nil.
func archiveTitle(f *tracker.Fingerprint) bool {
	if f == nil {
		return false
	}
	for word := range strings.FieldsFuncSeq(strings.ToLower(f.SiteName+" "+f.Title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		if slices.Contains(archiveWords, word) || slices.Contains(archiveWritten, word) {
			return true
		}
	}
	return false
}

// archiveWords are what an archive is called, in the languages of Europe and beyond, and
// archiveWritten the same in other scripts.
var (
	archiveWords = strings.Fields(`archive archives archiv archivs archivo archivos archivio archivi arquivo arquivos archief archieven arkiv arkivet
		arkisto arhiv arhiva arkhiv archiwum archivum arhiiv arhivs archyvas arxiv arxiu arkivi arsiv arsivi artxiboa arxeio archeio arkib arsip`)
	archiveWritten = strings.Fields(`архив архива архів архіў αρχείο αρχειο არქივი արխիվ ארכיון أرشيف الأرشيف آرشیو アーカイブ 档案 檔案 아카이브 คลังเอกสาร archívum arşiv arşivi arhīvs cartlann`)
)

// longLabel is the length from which a label has few neighbours that mean something
// else; from two letters more on it has hardly any.
const longLabel = 8

// similar adds that a long label was changed by a name rule: the prior was counted
// on labels of all lengths, and what lies one letter, or one word, off a long one is
// seldom booked within days of its end by somebody who meant another. It opens no
// gate: whoever mirrors or mocks a site books such a name too.
func (p *pair) similar(rule, relation string) {
	kept := min(len(LabelKey(p.a.label)), len(LabelKey(p.b.label)))
	if !ByName(rule) || rule == "subdomain" || strings.HasPrefix(p.a.label, "xn--") || strings.HasPrefix(p.b.label, "xn--") || p.copies != original || relation != tracker.RelationReplacement || kept < longLabel {
		return
	}
	lr := kinds["similar"].lr
	if kept < longLabel+2 {
		lr = 3
	}
	twins := p.twins(p.a.label)
	if lr /= float64(1 + twins); lr <= 1 {
		return
	}
	if strings.Contains(LabelKey(p.a.label), LabelKey(p.b.label)) {
		lr *= 2 // all of it is there, with something beside it
	}
	p.add("similar", p.a.label, math.Log(lr), "%s with a letter or a word changed, a label that %s bore before the seizure", p.b.label, others(twins, "other name"))
}

// registration adds who registered the two, where, and in what company.
func (p *pair) registration() {
	a, b := p.new.Registration, p.old.Registration
	if a == nil {
		return
	}
	if n := p.cx.batchSize(p.new); n > 0 {
		p.mates = n
		// One coincidence proves little, and less at a registrar where everybody is; of
		// Meta's list, 60 % were booked on days with three or more.
		share := p.registrarShare(a.Registrar)
		lr := kinds["batch"].lr
		switch n {
		case 1:
			lr = min(6, .6/share)
		case 2:
			lr = min(15, 1.5/share)
		default:
			lr = min(lr, 3/share)
		}
		p.add("batch", a.CreatedAt.UTC().Format("2006-01-02")+" "+a.Registrar, math.Log(max(1, lr)),
			"registered the same day at the same registrar as %s that other evidence links to the case", others(n, "other name"))
	}
	if b == nil {
		return
	}
	if BookedAgain(p.old) {
		p.ignore("registrar", b.Registrar, "the registration of %s is its new holder's", p.old.Name.Defang())
		return
	}
	if sameRegistrar(a, b) {
		p.registrar(a.Registrar)
	}
	for _, field := range [...]string{"email", "org", "phone"} {
		if v := a.Registrant[field]; v != "" && v == b.Registrant[field] {
			name := "registrant-" + field
			p.value(kinds[name].role, name, v, kinds[name])
		}
	}
}

// registrar adds the same registrar by how many strangers are there: half of all
// names are at a dozen registrars, and where nobody's registrar is known nothing
// follows.
func (p *pair) registrar(name string) {
	share := p.registrarShare(name)
	lr := min(kinds["registrar"].lr, .5/share)
	if lr < 1.5 {
		p.ignore("registrar", name, "about %.0f %% of unrelated sites are there too: too common to say anything", 100*share)
		return
	}
	p.add("registrar", name, math.Log(lr), "same registrar; weak alone; about %.0f %% of unrelated sites are there", 100*share)
}

// registrarShare is the share of strangers that are at a registrar, by Laplace's
// rule: one half where nobody's registrar is known.
func (p *pair) registrarShare(name string) float64 {
	bg := p.cx.Background
	if bg == nil {
		return .5
	}
	n, of := p.others("registrar", strings.ToLower(name)), bg.Registered
	return float64(n+1) / float64(of+2)
}

func sameRegistrar(a, b *tracker.Registration) bool {
	if a.RegistrarID != "" && b.RegistrarID != "" {
		return a.RegistrarID == b.RegistrarID
	}
	return a.Registrar != "" && strings.EqualFold(a.Registrar, b.Registrar)
}
