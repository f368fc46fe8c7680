CREATE TABLE "revisions" (
	"user_id" text collate "C" NOT NULL,
	"kind" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"number" integer NOT NULL,
	"content" jsonb NOT NULL,
	"replaced_at" timestamp (3) with time zone NOT NULL,
	"bytes" integer NOT NULL,
	CONSTRAINT "revisions_pk" PRIMARY KEY("user_id","kind","id","number")
);
--> statement-breakpoint
ALTER TABLE "revisions" ADD CONSTRAINT "revisions_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;