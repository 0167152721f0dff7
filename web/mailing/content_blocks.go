package mailing

import (
	"strconv"
	"strings"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/mailings"
	"keur/mailings/blocks"
	"keur/web/desk"
)

// savedBlocks are those of the label, on the step of content.
type savedBlocks struct{ *Screen }

// blockPick is a saved block to choose, with what of it holds no longer.
type blockPick struct {
	blocks.Block
	Stale []words.Message
}

// picks finds the label's saved blocks.
func (s *savedBlocks) picks(x *desk.Exchange) error {
	found, err := s.Blocks.List(x.Context(), x.Label.ID, x.Query("q"), paging.Ask{Limit: 12})
	if err != nil {
		return err
	}
	picks := make([]blockPick, len(found.Items))
	for i, b := range found.Items {
		picks[i].Block = b
		if picks[i].Stale, err = s.Standing.Stale(x.Context(), &b, x.Now(), x.Zone()); err != nil {
			return err
		}
	}
	return x.Part("mailing/content", "content-blocks", picks)
}

// place returns what adds a placement that is a copy of a saved block.
func (s *savedBlocks) place(x *desk.Exchange, number string) (func(*mailings.Brief) error, error) {
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return nil, desk.NotHere()
	}
	b, err := s.Blocks.Get(x.Context(), blocks.ID(id))
	if err != nil || b.LabelID != x.Label.ID {
		return nil, desk.NotHere()
	}
	return func(d *mailings.Brief) error { b.Put(d); return nil }, nil
}

// keep keeps a placement of the brief that was just saved, if the pressed
// button says so. A name that is refused is told beside its field.
func (s *savedBlocks) keep(x *desk.Exchange, f *desk.Form, do string, saved *mailings.Brief) error {
	key, keeps := strings.CutPrefix(do, "keep-block:")
	if !keeps {
		return nil
	}
	m, field := desk.Found[mailings.Mailing](x), "block-name:"+key
	b, err := blocks.Of(&m, saved, key, strings.TrimSpace(line(*f, field)))
	if err == nil {
		b, err = s.Blocks.Keep(x.Context(), b)
	}
	told, mendable := desk.AsFault(err)
	switch {
	case err == nil:
		if !x.Partial() {
			x.Flash(x.Say.T("content.block_kept", "name", b.Name))
		}
		f.Set("kept:"+key, b.Name)
		f.Set(field, "")
	case mendable && (told.Kind == fault.Invalid || told.Kind == fault.Conflict):
		f.Refuse(field, f.Say.Sentence(reason(told)))
	default:
		return err
	}
	return nil
}
