CREATE TABLE "emails" (
	"folded" text collate "C" PRIMARY KEY NOT NULL,
	"user_id" text collate "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "mood_tags" (
	"user_id" text collate "C" NOT NULL,
	"tag" text collate "C" NOT NULL,
	"date" text collate "C" NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"mood_id" text collate "C" NOT NULL,
	CONSTRAINT "mood_tags_pk" PRIMARY KEY("user_id","tag","date","occurred_at","mood_id")
);
--> statement-breakpoint
CREATE TABLE "moods" (
	"user_id" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"date" text collate "C" NOT NULL,
	"date_source" text collate "C" NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"timezone" text collate "C" NOT NULL,
	"mood" jsonb NOT NULL,
	"valence" double precision,
	"note" text collate "C",
	"tags" jsonb NOT NULL,
	"digest" text collate "C",
	"revision" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "moods_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"user_id" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"cookie_hash" text collate "C" NOT NULL,
	"refresh_hash" text collate "C" NOT NULL,
	"replaced_refresh_hash" text collate "C",
	"refreshed_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "sessions_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "usernames" (
	"folded" text collate "C" PRIMARY KEY NOT NULL,
	"user_id" text collate "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"username" text collate "C" NOT NULL,
	"email" text collate "C",
	"first_name" text collate "C",
	"last_name" text collate "C",
	"role" text collate "C" NOT NULL,
	"password_hash" text collate "C",
	"timezone" text collate "C",
	"day_starts_at" integer NOT NULL,
	"mood_min" double precision NOT NULL,
	"mood_max" double precision NOT NULL,
	"mood_version" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "mood_tags" ADD CONSTRAINT "mood_tags_mood_fk" FOREIGN KEY ("user_id","mood_id") REFERENCES "public"."moods"("user_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "moods" ADD CONSTRAINT "moods_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "mood_tags_by_mood" ON "mood_tags" USING btree ("user_id","mood_id");--> statement-breakpoint
CREATE INDEX "moods_by_day" ON "moods" USING btree ("user_id","date","occurred_at","id");