package export

import (
	"encoding/json"
	"io"

	"respawn/tracker"
)

// A jsonRecord is a dossier as it is, after what people would look for first.
type jsonRecord struct {
	Name     tracker.Name `json:"name"`
	Defanged string       `json:"name_defanged"`
	Role     string       `json:"role"`
	Phrase   string       `json:"seizure_phrase,omitempty"`
	Sentence string       `json:"sentence"`
	Policy   string       `json:"policy,omitempty"`
	*tracker.Dossier
}

// writeJSONL writes one object a line. Keys come in a fixed order (that of the
// fields; maps sorted), U+2028 and U+2029 escaped, and nothing of the dossier is
// left out.
func writeJSONL(w io.Writer, ds []tracker.Dossier, m Meta) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range ds {
		d := &ds[i]
		if err := enc.Encode(jsonRecord{d.Name, d.Name.Defang(), roleOf(d), row(d).Phrase(), Sentence(d), m.Policy, d}); err != nil {
			return err
		}
	}
	return nil
}
