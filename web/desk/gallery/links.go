package gallery

import (
	"strconv"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/typed"
	"keur/web/desk"
)

// Link returns the address of one of a campaign's tracking links, by its number as
// a button says it. A deeplink leads to the page that the form names; without one
// it is refused beside that field, and the address is "".
func (r Reader) Link(x *desk.Exchange, f *desk.Form, c *campaigns.Campaign, number, field string) (string, error) {
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return "", desk.NotHere()
	}
	link, err := r.Tracking.Get(x.Context(), c.ID, campaigns.LinkID(id))
	if err != nil {
		return "", err
	}
	address, err := link.To(typed.WebAddress(f.Field(field)), x.Label.Name, c.Name)
	if told, is := desk.AsFault(err); is && told.Kind == fault.Invalid {
		for _, detail := range told.Details {
			f.Refuse(field, f.Say.Sentence(detail.Message))
		}
		return "", nil
	}
	return address, err
}

// First returns the address with which a placement for a campaign begins: its first
// link that leads somewhere by itself; "" where it has none.
func (r Reader) First(x *desk.Exchange, c *campaigns.Campaign) (string, error) {
	all, err := r.Tracking.Of(x.Context(), c.ID)
	return campaigns.Plain(all, x.Label.Name, c.Name), err
}
