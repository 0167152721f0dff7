package affiliate

import (
	"context"
	"time"

	"keur/accounts"
	"keur/api/rest"
	"keur/campaigns"
	"keur/internal/paging"
	"keur/labels"
	"keur/networks"
	"keur/networks/material"
)

// items is what networks offer for programmes.
type items struct{ *Resources }

func (s *items) register() {
	const tag = "Programmes at networks"
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/items",
		"List the banners, text links, codes and offers of a label's networks", rest.Under(accounts.Viewer)), s.list)
	rest.Register(s.Kit, tag, rest.Read("/items/{item}", "Read a banner, text link, code or offer of a network",
		rest.Of("item", []accounts.Role{accounts.Viewer}, func(ctx context.Context, id int64) (labels.ID, error) {
			i, err := s.Material.Get(ctx, material.ItemID(id))
			return i.Label, err
		})), s.get)
}

func (s *items) list(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Connection networks.ConnectionID  `query:"connection"`
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"Only this advertiser's"`
	Kind       networks.ItemKind      `query:"kind" enum:"banner,text,code,offer" doc:"Only items of this kind"`
	Words      string                 `query:"words" maxLength:"120" doc:"Words that all stand in its name, text, conditions, code or number"`
	Width      int                    `query:"width" minimum:"0" maximum:"5000" doc:"Only banners so wide, in pixels"`
	Height     int                    `query:"height" minimum:"0" maximum:"5000" doc:"Only banners so high, in pixels"`
	At         time.Time              `query:"at" doc:"Only items that may be shown at this moment"`
	Offered    bool                   `query:"offered" doc:"Only items that the network still offers"`
	Sort       string                 `query:"sort" enum:"newest,name,ends"`
},
) (*rest.Answer[paging.Page[material.Item]], error) {
	return rest.Answered(s.Material.List(ctx, material.Filter{
		Label: in.Label, Connection: in.Connection, Advertiser: in.Advertiser, Kind: in.Kind, Words: in.Words,
		Width: in.Width, Height: in.Height, At: in.At, Offered: in.Offered,
	}, in.Sorted(in.Sort)))
}

func (s *items) get(ctx context.Context, in *struct {
	Item material.ItemID `path:"item"`
},
) (*rest.Answer[material.Item], error) {
	return rest.Answered(s.Material.Get(ctx, in.Item))
}
