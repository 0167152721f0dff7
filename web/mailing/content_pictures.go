package mailing

import (
	"strings"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/internal/words"
	"keur/web/desk"
)

// takePictures keeps the pictures that the form carries as material of the
// placements' campaigns, and puts them into the placements. One that is refused
// is told beside its field.
func (s *content) takePictures(x *desk.Exchange, f *desk.Form, pictures map[string][]byte) (took bool, err error) {
	for name, data := range pictures {
		key, is := strings.CutPrefix(name, "file:")
		if !is {
			continue
		}
		hash, err := s.takePicture(x, *f, key, data)
		told, mendable := desk.AsFault(err)
		switch {
		case err == nil:
			f.Set("creative:"+key, hash.String())
			took = true
		case mendable && (told.Kind == fault.Invalid || told.Kind == fault.NotFound):
			f.Refuse(name, f.Say.Sentence(reason(told)))
		default:
			return took, err
		}
	}
	return took, nil
}

// reason is the first thing that a fault says of a field, or what it says of all.
func reason(told *fault.Error) words.Message {
	for _, detail := range told.Details {
		return detail.Message
	}
	return told.Message
}

func (s *content) takePicture(x *desk.Exchange, f desk.Form, key string, data []byte) (campaigns.Hash, error) {
	c, _, err := s.placeable(x, f.Get("campaign:"+key))
	if err != nil {
		return campaigns.Hash{}, err
	}
	picture, err := s.Creatives.Put(x.Context(), data)
	if err != nil {
		return campaigns.Hash{}, err
	}
	alt := line(f, "heading:"+key)
	if !form.Name(alt) {
		alt = c.Name
	}
	_, err = s.Creatives.Attach(x.Context(), c.ID, campaigns.Use{Hash: picture.Hash, Alt: alt})
	return picture.Hash, err
}
