package editor

import (
	"net/http"
	"slices"
	"strconv"

	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/mailings"
	"keur/web/desk"
)

// Upload is where pictures are taken in, and into which campaigns; none: nowhere.
type Upload struct {
	Path      string
	Most      int // bytes of a picture
	Campaigns []campaigns.Campaign
}

// taken is a picture that was taken into a campaign, or why it wasn't.
type taken struct {
	Label string // where its pictures are public
	Hash  string // empty: it was refused
	Alt   string
	Fault string
}

// OfMailing gathers what the visual editor of a mailing's source offers.
func (s Reader) OfMailing(x *desk.Exchange, m *mailings.Mailing, work *mailings.WorkingCopy, source string) (Visual, error) {
	view, err := s.Visual(x, source, work.Changes[mailings.ContentPart].Version)
	if err == nil {
		view.Upload, err = s.uploads(x, work.Brief)
	}
	view.Upload.Path = "/mailings/" + strconv.FormatInt(int64(m.ID), 10) + "/visual/pictures"
	return view, err
}

// uploads are the campaigns of a mailing's placements.
func (s Reader) uploads(x *desk.Exchange, b mailings.Brief) (Upload, error) {
	up := Upload{Most: campaigns.MaxCreative}
	for _, p := range b.Placements {
		id := campaigns.ID(p.CampaignID)
		if id == 0 || slices.ContainsFunc(up.Campaigns, func(c campaigns.Campaign) bool { return c.ID == id }) {
			continue
		}
		c, err := s.Campaigns.Get(x.Context(), id)
		if err != nil {
			return up, err
		}
		up.Campaigns = append(up.Campaigns, c)
	}
	return up, nil
}

// TakePicture takes a picture into one of the mailing's campaigns, and offers it to
// whoever edits the mail by eye.
func (s Reader) TakePicture(x *desk.Exchange) error {
	f, files, err := desk.ReadFormWithFiles(x, "file", campaigns.MaxCreative)
	if err != nil {
		return pictureRefused(x, err)
	}
	if len(files) == 0 {
		return pictureRefused(x, fault.At("file", "input.file_missing"))
	}
	m := desk.Found[mailings.Mailing](x)
	work, err := s.Workbench.Open(x.Context(), &m)
	if err != nil {
		return err
	}
	up, err := s.uploads(x, work.Brief)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(up.Campaigns, func(c campaigns.Campaign) bool { return int(c.ID) == f.Number("campaign") })
	if at < 0 || up.Campaigns[at].LabelID != x.Label.ID {
		return desk.NotHere()
	}
	c := up.Campaigns[at]
	picture, err := s.Creatives.Put(x.Context(), files[0].Bytes)
	if err != nil {
		return pictureRefused(x, err)
	}
	alt := form.Cut(c.Name)
	if _, err := s.Creatives.Attach(x.Context(), c.ID, campaigns.Use{Hash: picture.Hash, Alt: alt}); err != nil {
		return pictureRefused(x, err)
	}
	return x.Part("mailing/visual", "visual-uploaded", taken{Label: x.Label.PublicURL, Hash: picture.Hash.String(), Alt: alt})
}

// pictureRefused says beside the field why a picture wasn't taken.
func pictureRefused(x *desk.Exchange, cause error) error {
	told, mendable := desk.AsFault(cause)
	if !mendable || told.Kind != fault.Invalid {
		return cause
	}
	said := told.Message
	if len(told.Details) > 0 {
		said = told.Details[0].Message
	}
	return x.AnswerPart(http.StatusUnprocessableEntity, "mailing/visual", "visual-uploaded", taken{Fault: x.Say.Sentence(said)})
}
