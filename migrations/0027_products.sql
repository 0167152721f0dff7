-- Products: feeds of what advertisers sell, and what of them was taken into campaigns.

CREATE TABLE product_feeds (
  id            int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ref           uuid        NOT NULL UNIQUE,             -- beside which its address is sealed
  label_id      int         NOT NULL REFERENCES labels,
  advertiser_id bigint      NOT NULL REFERENCES advertisers,
  programme_id  bigint      REFERENCES programmes,       -- whose links it has; null: any of the advertiser's
  name          text        NOT NULL CHECK (is_name(name)),
  host          text        NOT NULL CHECK (host <> '' AND is_line(host, 255)),
  url_sealed    bytea       NOT NULL,                    -- internal/seal: the address of a feed has a key in it
  mapping       jsonb       CHECK (jsonb_typeof(mapping) = 'object'),   -- null: nobody said yet what its columns are
  active        boolean     NOT NULL DEFAULT true,
  version       int         NOT NULL DEFAULT 1,
  created_at    timestamptz NOT NULL DEFAULT now(),
  removed_at    timestamptz,
  CHECK (removed_at IS NULL OR NOT active)
);
CREATE UNIQUE INDEX product_feeds_name ON product_feeds (label_id, name) WHERE removed_at IS NULL;
CREATE INDEX product_feeds_advertiser ON product_feeds (advertiser_id);
CREATE FUNCTION product_feed_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.label_id, NEW.advertiser_id, NEW.ref) IS DISTINCT FROM (OLD.label_id, OLD.advertiser_id, OLD.ref) THEN
      RAISE EXCEPTION 'label and advertiser of a feed stay what they are' USING CONSTRAINT = 'products.feed_stays';
    END IF;
  END IF;
  IF NEW.programme_id IS NOT NULL AND NOT EXISTS (
       SELECT FROM programmes WHERE id = NEW.programme_id AND advertiser_id = NEW.advertiser_id) THEN
    RAISE EXCEPTION 'this programme is of another advertiser' USING CONSTRAINT = 'products.other_programme';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER product_feeds_guard BEFORE INSERT OR UPDATE ON product_feeds FOR EACH ROW EXECUTE FUNCTION product_feed_guard();
CREATE TRIGGER product_feeds_ends BEFORE UPDATE ON product_feeds FOR EACH ROW EXECUTE FUNCTION ends_once('removed_at');
CREATE TRIGGER product_feeds_person BEFORE INSERT OR UPDATE OR DELETE ON product_feeds
  FOR EACH STATEMENT EXECUTE FUNCTION person_writes();
CREATE TRIGGER product_feeds_audit AFTER INSERT OR UPDATE OR DELETE ON product_feeds
  FOR EACH ROW EXECUTE FUNCTION audit_row('url_sealed');
GRANT SELECT, INSERT, UPDATE (programme_id, name, host, url_sealed, mapping, active, version, removed_at) ON product_feeds TO keur_app;

-- How the refreshing of each feed stands.
CREATE TABLE product_refreshes (
  feed_id       int         PRIMARY KEY REFERENCES product_feeds,
  turn          bigint      NOT NULL DEFAULT 0,          -- counts the times it began, so that of two who refresh one ends
  due_at        timestamptz NOT NULL,
  anyway        boolean     NOT NULL DEFAULT false,      -- a person takes the next one however few products it has
  began_at      timestamptz,                             -- the one that is under way; null: none
  arrived       int         NOT NULL DEFAULT 0,          -- records that were read of it, or of the last
  ran_at        timestamptz,                             -- when the last one ended, well or not
  covered_at    timestamptz,                             -- when the one began that the products are of
  products      int         NOT NULL DEFAULT 0,          -- that it has
  unread        int         NOT NULL DEFAULT 0,          -- records of it that are no products
  unread_ref    text        NOT NULL DEFAULT '',         -- the last of them
  unread_reason jsonb,
  failures      int         NOT NULL DEFAULT 0,          -- one after another
  problem       jsonb                                    -- of the last one; null: none
);
CREATE TRIGGER product_refreshes_program BEFORE INSERT OR UPDATE ON product_refreshes
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
GRANT SELECT, INSERT, UPDATE ON product_refreshes TO keur_app;

-- The products of a feed, as the newest whole reading has them.
CREATE TABLE products (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  feed_id       int         NOT NULL REFERENCES product_feeds,
  ref           text        NOT NULL CHECK (ref <> '' AND is_line(ref, 200)),   -- the shop's number of it
  name          text        NOT NULL CHECK (is_name(name)),
  body          text        NOT NULL DEFAULT '' CHECK (is_line(body, 500)),
  brand         text        NOT NULL DEFAULT '' CHECK (is_line(brand, 120)),
  category      text        NOT NULL DEFAULT '' CHECK (is_line(category, 200)),
  price         bigint      NOT NULL CHECK (price > 0),  -- in minor units
  old_price     bigint      CHECK (old_price > price),   -- null: it isn't reduced
  currency      text        NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  stock         int         CHECK (stock >= 0),          -- null: the feed doesn't say how many
  availability  text        NOT NULL CHECK (availability IN ('in_stock', 'out_of_stock', 'unknown')),
  picture       text        NOT NULL DEFAULT '' CHECK (is_line(picture, 2000)),
  click         text        NOT NULL CHECK (click <> '' AND is_line(click, 2000)),
  changed_at    timestamptz NOT NULL,                    -- when something of it was read first as it is now
  first_seen_at timestamptz NOT NULL,
  gone_at       timestamptz,                             -- when the reading began that had it no longer; null: it is there
  -- by what it is found: its words, as they are written
  words         tsvector    NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', name || ' ' || brand || ' ' || category || ' ' || ref)) STORED,
  UNIQUE (feed_id, ref),
  CHECK (strpos(name || body || picture || click, '{{') = 0)   -- no tags of ours: a link would tell what we know of members
);
CREATE INDEX products_words ON products USING gin (words) WHERE gone_at IS NULL;
CREATE INDEX products_name ON products (feed_id, name COLLATE names, id) WHERE gone_at IS NULL;
CREATE INDEX products_price ON products (feed_id, price, id) WHERE gone_at IS NULL;
CREATE INDEX products_gone ON products (feed_id, gone_at) WHERE gone_at IS NOT NULL;
CREATE TRIGGER products_program BEFORE INSERT OR UPDATE OR DELETE ON products
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
GRANT SELECT, INSERT, UPDATE, DELETE ON products TO keur_app;

-- What arrived of a feed that is being refreshed, until all of it takes the place of
-- what was there.
CREATE TABLE product_arrivals (
  feed_id int   NOT NULL REFERENCES product_feeds,
  ref     text  NOT NULL,
  says    jsonb,                                         -- null: it can't be read, and stays what it was
  PRIMARY KEY (feed_id, ref)
);
CREATE TRIGGER product_arrivals_program BEFORE INSERT OR DELETE ON product_arrivals
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
GRANT SELECT, INSERT, DELETE ON product_arrivals TO keur_app;

-- What was taken from a product into a campaign, with the product as it was then.
CREATE TABLE product_picks (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id   bigint      NOT NULL REFERENCES products,
  campaign_id  bigint      NOT NULL REFERENCES campaigns,
  hash         bytea       REFERENCES creatives,         -- the copy of its picture
  name         text        NOT NULL,
  price        bigint      NOT NULL,
  old_price    bigint,
  currency     text        NOT NULL,
  stock        int,
  availability text        NOT NULL,
  picture      text        NOT NULL,
  click        text        NOT NULL,
  picked_by    text        NOT NULL DEFAULT current_actor(),
  picked_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX product_picks_campaign ON product_picks (campaign_id, id);
CREATE INDEX product_picks_product ON product_picks (product_id);

-- What is taken is the label's own, of the campaign's advertiser and programme, and
-- there.
CREATE FUNCTION product_pick_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  product record;
BEGIN
  SELECT p.*, f.label_id, f.advertiser_id, f.programme_id, f.active INTO product
    FROM products p JOIN product_feeds f ON f.id = p.feed_id WHERE p.id = NEW.product_id;
  IF NOT EXISTS (
    SELECT FROM campaigns m WHERE m.id = NEW.campaign_id AND m.label_id = product.label_id AND m.advertiser_id = product.advertiser_id
       AND (product.programme_id IS NULL OR m.programme_id IS NULL OR m.programme_id = product.programme_id)) THEN
    RAISE EXCEPTION 'this is a product of another advertiser or programme than the campaign' USING CONSTRAINT = 'products.other_campaign';
  END IF;
  IF product.gone_at IS NOT NULL THEN
    RAISE EXCEPTION 'the feed doesn''t have this product any more' USING CONSTRAINT = 'products.gone_already';
  END IF;
  IF NOT product.active THEN
    RAISE EXCEPTION 'this feed isn''t refreshed; let it be refreshed first' USING CONSTRAINT = 'products.stopped';
  END IF;
  IF NEW.hash IS NOT NULL AND NOT EXISTS (
       SELECT FROM campaign_creatives WHERE campaign_id = NEW.campaign_id AND hash = NEW.hash) THEN
    RAISE EXCEPTION 'what is taken isn''t what the feed has' USING CONSTRAINT = 'products.not_the_product';
  END IF;
  NEW.name := product.name;
  NEW.price := product.price;
  NEW.old_price := product.old_price;
  NEW.currency := product.currency;
  NEW.stock := product.stock;
  NEW.availability := product.availability;
  NEW.picture := product.picture;
  NEW.click := product.click;
  RETURN NEW;
END
$$;
CREATE TRIGGER product_picks_guard BEFORE INSERT ON product_picks FOR EACH ROW EXECUTE FUNCTION product_pick_guard();
CREATE FUNCTION product_picked() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM part_written('product', part_hash('product', to_jsonb(NEW.id)), (SELECT label_id FROM campaigns WHERE id = NEW.campaign_id),
                       ARRAY[acting_user()], NULL);
  RETURN NULL;
END
$$;
CREATE TRIGGER product_picks_written AFTER INSERT ON product_picks FOR EACH ROW EXECUTE FUNCTION product_picked();
-- A block shows no product but its own campaign's (saved_blocks: 0010_mailings.sql).
CREATE FUNCTION saved_block_product() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM product_picks k WHERE k.id = (NEW.says ->> 'product_pick_id')::bigint
                    AND k.campaign_id = (NEW.says ->> 'campaign_id')::bigint) THEN
    RAISE EXCEPTION 'this product wasn''t taken into the campaign' USING CONSTRAINT = 'mailings.not_a_product';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER saved_blocks_product BEFORE INSERT ON saved_blocks
  FOR EACH ROW WHEN (coalesce(NEW.says ->> 'product_pick_id', '0') <> '0') EXECUTE FUNCTION saved_block_product();
CREATE TRIGGER product_picks_person BEFORE INSERT ON product_picks FOR EACH ROW EXECUTE FUNCTION person_demanded();
CREATE TRIGGER product_picks_signed BEFORE INSERT ON product_picks FOR EACH ROW EXECUTE FUNCTION signed('picked_by');
CREATE TRIGGER product_picks_audit AFTER INSERT OR UPDATE OR DELETE ON product_picks
  FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE TRIGGER product_picks_append_only BEFORE UPDATE OR DELETE ON product_picks
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON product_picks TO keur_app;
CREATE TRIGGER product_picks_program BEFORE INSERT ON product_picks
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();

-- Since when the products of a feed are what they were, where it couldn't be read for two
-- days after that: what they cost may be something else by now. Null: it is read.
CREATE FUNCTION feed_unread_since(feed int) RETURNS timestamptz LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT covered_at FROM product_refreshes WHERE feed_id = feed AND failures > 0 AND ran_at > covered_at + interval '2 days'
$$;

-- What the source of a pick says of it now, as far as a person may be asked whether it
-- stays: a network whether it withdrew its item, a feed what its product costs, whether
-- it can be bought, and whether anybody still reads the feed, and can.
CREATE FUNCTION pick_says(network_pick bigint, product_pick bigint) RETURNS jsonb LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object('withdrawn', extract(epoch FROM i.withdrawn_at))
    FROM network_picks k JOIN network_items i ON i.id = k.item_id WHERE k.id = network_pick
   UNION ALL
  SELECT jsonb_build_object('gone', extract(epoch FROM p.gone_at), 'price', p.price, 'currency', p.currency,
                            'availability', p.availability, 'read', f.active,
                            'unread_since', extract(epoch FROM feed_unread_since(f.id)))
    FROM product_picks k JOIN products p ON p.id = k.product_id JOIN product_feeds f ON f.id = p.feed_id WHERE k.id = product_pick
$$;

-- What was taken from a network or a feed stays although it isn't there what it was,
-- as a person says with a reason: for as long as its source says the same of it.
CREATE TABLE pick_answers (
  id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  network_pick_id bigint      REFERENCES network_picks,
  product_pick_id bigint      REFERENCES product_picks,
  says            jsonb       NOT NULL,                  -- pick_says, then
  reason          text        NOT NULL CHECK (reason <> '' AND is_line(reason, 500)),
  answered_by     text        NOT NULL DEFAULT current_actor(),
  answered_at     timestamptz NOT NULL DEFAULT now(),
  CHECK (num_nonnulls(network_pick_id, product_pick_id) = 1)
);
CREATE INDEX pick_answers_network ON pick_answers (network_pick_id, id);
CREATE INDEX pick_answers_product ON pick_answers (product_pick_id, id);
CREATE FUNCTION pick_answer_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.says IS DISTINCT FROM pick_says(NEW.network_pick_id, NEW.product_pick_id) THEN
    RAISE EXCEPTION 'its network or feed says something else of this by now' USING CONSTRAINT = 'material.said_otherwise';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER pick_answers_guard BEFORE INSERT ON pick_answers FOR EACH ROW EXECUTE FUNCTION pick_answer_guard();
CREATE TRIGGER pick_answers_person BEFORE INSERT ON pick_answers FOR EACH ROW EXECUTE FUNCTION person_demanded();
CREATE TRIGGER pick_answers_signed BEFORE INSERT ON pick_answers FOR EACH ROW EXECUTE FUNCTION signed('answered_by');
CREATE TRIGGER pick_answers_audit AFTER INSERT OR UPDATE OR DELETE ON pick_answers
  FOR EACH ROW EXECUTE FUNCTION audit_row();
CREATE TRIGGER pick_answers_append_only BEFORE UPDATE OR DELETE ON pick_answers
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON pick_answers TO keur_app;
CREATE TRIGGER pick_answers_program BEFORE INSERT ON pick_answers
  FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
