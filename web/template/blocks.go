package template

import (
	"net/http"
	"time"

	"keur/accounts"
	"keur/internal/paging"
	"keur/internal/tables"
	"keur/internal/words"
	"keur/labels"
	"keur/mailings/blocks"
	"keur/web/desk"
)

func (s *Screen) blockRoutes() []desk.Route {
	plan := desk.Of("block", []accounts.Role{accounts.Planner}, func(x *desk.Exchange, id int64) (blocks.Block, labels.ID, error) {
		b, err := s.Blocks.Get(x.Context(), blocks.ID(id))
		return b, b.LabelID, err
	})
	return []desk.Route{
		desk.Get("/blocks", desk.Under(accounts.Viewer), s.blocks),
		desk.Post("/blocks/:block/rename", plan, s.renameBlock),
		desk.Post("/blocks/:block/remove", plan, s.removeBlock),
	}
}

// blocksView is the list of the blocks that a label saved.
type blocksView struct {
	List  desk.Listing
	Items []blockLine
	Form  desk.Form
	Which string // whose name was refused
	Plans bool
	Zone  *time.Location
}

// blockLine is one of them, with what of it holds no longer.
type blockLine struct {
	blocks.Block
	Stale []words.Message
}

func (s *Screen) blocks(x *desk.Exchange) error {
	if desk.WantsFile(x) {
		return desk.Export(x, "blocks", x.Say.T("section.blocks"), blockColumns(), desk.Bind(x, s.findBlocks))
	}
	return s.showBlocks(x, http.StatusOK, desk.Form{}, "")
}

func (s *Screen) findBlocks(x *desk.Exchange, ask paging.Ask) (paging.Page[blocks.Block], error) {
	return s.Blocks.List(x.Context(), x.Label.ID, x.Query("q"), ask)
}

func (s *Screen) showBlocks(x *desk.Exchange, status int, f desk.Form, which string) error {
	view := blocksView{List: desk.NewListing(x), Form: f, Which: which, Plans: x.Can(accounts.Planner), Zone: x.Zone()}
	view.List.Path = "/blocks"
	page, err := s.findBlocks(x, view.List.Ask())
	if err != nil {
		return err
	}
	view.List.Next = page.Next
	for _, b := range page.Items {
		line := blockLine{Block: b}
		if line.Stale, err = s.Standing.Stale(x.Context(), &b, x.Now(), x.Zone()); err != nil {
			return err
		}
		view.Items = append(view.Items, line)
	}
	return x.Answer(status, "template/blocks", view)
}

// blockColumns are those of the list as a file.
func blockColumns() []tables.Column[blocks.Block] {
	type row = blocks.Block
	return []tables.Column[row]{
		tables.IDOf("id", func(b row) blocks.ID { return b.ID }),
		tables.TextOf("name", func(b row) string { return b.Name }),
		tables.TextOf("advertiser", func(b row) string { return b.Advertiser }),
		tables.TextOf("campaign", func(b row) string { return b.Campaign }),
		tables.TextOf("created_by", func(b row) string { return b.ByName }),
		tables.MomentOf("created_at", func(b row) *time.Time { return &b.CreatedAt }),
	}
}

func (s *Screen) renameBlock(x *desk.Exchange) error {
	b, f, err := desk.FoundWithForm[blocks.Block](x)
	if err != nil {
		return err
	}
	if _, err := s.Blocks.Rename(x.Context(), b.ID, f.Field("name"), func(blocks.Block) error { return nil }); err != nil {
		if err := f.Take(err); err != nil {
			return err
		}
		return s.showBlocks(x, http.StatusUnprocessableEntity, f, desk.Itoa(b.ID))
	}
	return x.GoTo("/blocks")
}

// removeBlock takes a block off the list. Mailings that have a copy keep it.
func (s *Screen) removeBlock(x *desk.Exchange) error {
	b := desk.Found[blocks.Block](x)
	if err := s.Blocks.Remove(x.Context(), b.ID); err != nil {
		return err
	}
	x.Flash(x.Say.T("blocks.removed", "name", b.Name))
	return x.GoTo("/blocks")
}
