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
	"keur/networks/news"
)

// bulletins is what changed at networks, and what they write.
type bulletins struct{ *Resources }

func (s *bulletins) register() {
	const tag = "Programmes at networks"
	looks := rest.Of("news", []accounts.Role{accounts.Viewer}, func(ctx context.Context, id int64) (labels.ID, error) {
		n, err := s.News.Get(ctx, news.ID(id), rest.Caller(ctx).ID)
		return n.Label, err
	})
	rest.Register(s.Kit, tag, rest.Read("/labels/{label}/news",
		"List what changed at a label's networks and what they write", rest.Under(accounts.Viewer)), s.list)
	rest.Register(s.Kit, tag, rest.Read("/news/{news}", "Read what changed at a network", looks), s.get)
	rest.Register(s.Kit, tag, rest.Act("/news/{news}/read", "Note that the caller read it, or didn't", looks), s.read)
}

func (s *bulletins) list(ctx context.Context, in *struct {
	rest.LabelPath
	rest.Paging
	Advertiser campaigns.AdvertiserID `query:"advertiser" doc:"Only this advertiser's"`
	Network    string                 `query:"network" enum:"awin,tradetracker,daisycon,cj,impact,tradedoubler,partnerize,other"`
	Kind       networks.ChangeKind    `query:"kind" enum:"listed,relation,stopped,resumed,ends,policy,terms,code,offer,code_gone,offer_gone,notice"`
	Mine       bool                   `query:"mine" doc:"Only of advertisers of whose campaigns the caller changed one last"`
	Unread     bool                   `query:"unread" doc:"Only what the caller hasn't read"`
	From       time.Time              `query:"at_from" doc:"Only what is of this moment or later"`
	Text       string                 `query:"text" maxLength:"120" doc:"A part of a name, a code or a notice"`
	Sort       string                 `query:"sort" enum:"newest"`
},
) (*rest.Answer[paging.Page[news.News]], error) {
	return rest.Answered(s.News.List(ctx, news.Filter{
		Label: in.Label, To: rest.Caller(ctx).ID, Mine: in.Mine, Unread: in.Unread, Advertiser: in.Advertiser, Network: in.Network,
		Kind: in.Kind, Text: in.Text, Since: in.From,
	}, in.Sorted(in.Sort)))
}

// NewsPath names a piece of news.
type NewsPath struct {
	News news.ID `path:"news"`
}

func (s *bulletins) get(ctx context.Context, in *NewsPath) (*rest.Answer[news.News], error) {
	return rest.Answered(s.News.Get(ctx, in.News, rest.Caller(ctx).ID))
}

func (s *bulletins) read(ctx context.Context, in *struct {
	NewsPath
	Body struct {
		Read bool `json:"read" required:"true"`
	}
},
) (*rest.Answer[news.News], error) {
	if err := s.News.Mark(ctx, in.News, rest.Caller(ctx).ID, in.Body.Read); err != nil {
		return nil, err
	}
	return s.get(ctx, &in.NewsPath)
}
