package feed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// errPage is wrapped by errors about a get-entries answer that is not what RFC
// 6962, 4.6 says.
var errPage = errors.New("not a get-entries answer")

var leafKey = []byte(`"leaf_input"`)

// addPage appends the names of a get-entries answer whose first entry has the
// index first, and returns how many entries the page holds.
//
// It does not parse the JSON: half of a page is extra_data that nobody reads, and
// encoding/json spends 20 times as long on it as everything else takes. It finds
// each leaf_input (a quote cannot stand unescaped inside any other value), and
// decodes it. The hash of each leaf is added to tree, unless that is nil. Where anything is not as logs write it, an escape for example, the
// page is read again by encoding/json, which also names the error.
func (b *Batch) addPage(page []byte, first int64, scratch *[]byte, tree *frontier) (int, error) {
	before := *b
	var treeBefore frontier
	if tree != nil {
		treeBefore = *tree
	}
	if n, ok := b.addPageFast(page, first, scratch, tree); ok {
		return n, nil
	}
	*b = before
	if tree != nil {
		*tree = treeBefore
	}
	return b.addPageSlow(page, first, tree)
}

func (b *Batch) addPageFast(page []byte, first int64, scratch *[]byte, tree *frontier) (int, bool) {
	n := 0
	for {
		at := bytes.Index(page, leafKey)
		if at < 0 {
			break
		}
		page = page[at+len(leafKey):]
		i := 0
		for i < len(page) && (page[i] == ':' || page[i] == ' ' || page[i] == '\n' || page[i] == '\t' || page[i] == '\r') {
			i++
		}
		if i == 0 || i >= len(page) || page[i] != '"' {
			return 0, false
		}
		page = page[i+1:]
		end := bytes.IndexByte(page, '"')
		if end < 0 {
			return 0, false
		}
		leaf, ok := decodeBase64(scratch, page[:end])
		if !ok {
			return 0, false
		}
		b.addLeaf(leaf, first+int64(n))
		if tree != nil {
			tree.add(leafHash(leaf))
		}
		n++
		page = page[end+1:]
	}
	// What follows the last leaf has to look like the end of a page, and a page
	// without one entry is for the careful reader to explain.
	tail := bytes.TrimRight(page, " \r\n\t")
	return n, n > 0 && bytes.HasSuffix(tail, []byte("}")) && bytes.IndexByte(page, ']') >= 0
}

func (b *Batch) addPageSlow(page []byte, first int64, tree *frontier) (int, error) {
	var answer struct {
		Entries []struct {
			Leaf []byte `json:"leaf_input"`
		} `json:"entries"`
	}
	if err := json.Unmarshal(page, &answer); err != nil {
		return 0, fmt.Errorf("%w: %w", errPage, err)
	}
	if len(answer.Entries) == 0 {
		return 0, fmt.Errorf("%w: it has no entries", errPage)
	}
	for i, e := range answer.Entries {
		b.addLeaf(e.Leaf, first+int64(i))
		if tree != nil {
			tree.add(leafHash(e.Leaf))
		}
	}
	return len(answer.Entries), nil
}
