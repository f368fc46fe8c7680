CREATE TABLE "admin_audit" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"kind" text collate "C" NOT NULL,
	"actor_id" text collate "C",
	"target_id" text collate "C",
	"role" text collate "C"
);
--> statement-breakpoint
CREATE TABLE "admin_lock" (
	"name" text collate "C" PRIMARY KEY NOT NULL,
	"taken" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "admins" (
	"id" text collate "C" PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE "avatars" (
	"user_id" text collate "C" PRIMARY KEY NOT NULL,
	"bytes" "bytea" NOT NULL,
	"digest" text collate "C" NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "events" (
	"user_id" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"kind" text collate "C" NOT NULL,
	"actor_id" text collate "C",
	"target_id" text collate "C",
	"ip" text collate "C",
	"device" text collate "C",
	CONSTRAINT "events_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "handover_codes" (
	"user_id" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"secret_hash" text collate "C" NOT NULL,
	"challenge" text collate "C" NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "handover_codes_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"user_id" text collate "C" NOT NULL,
	"key" text collate "C" NOT NULL,
	"digest" text collate "C" NOT NULL,
	"status" integer NOT NULL,
	"resource_id" text collate "C" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_pk" PRIMARY KEY("user_id","key")
);
--> statement-breakpoint
CREATE TABLE "identities" (
	"issuer" text collate "C" NOT NULL,
	"subject" text collate "C" NOT NULL,
	"user_id" text collate "C" NOT NULL,
	CONSTRAINT "identities_pk" PRIMARY KEY("issuer","subject")
);
--> statement-breakpoint
CREATE TABLE "oauth_states" (
	"hash" text collate "C" PRIMARY KEY NOT NULL,
	"provider" text collate "C" NOT NULL,
	"binding_hash" text collate "C" NOT NULL,
	"nonce" text collate "C" NOT NULL,
	"verifier" text collate "C" NOT NULL,
	"redirect_uri" text collate "C" NOT NULL,
	"redirect_to" text collate "C" NOT NULL,
	"challenge" text collate "C",
	"link_user_id" text collate "C",
	"link_session_id" text collate "C",
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "one_time_codes" (
	"user_id" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"purpose" text collate "C" NOT NULL,
	"secret_hash" text collate "C" NOT NULL,
	"email" text collate "C",
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "one_time_codes_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "personal_tokens" (
	"user_id" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"name" text collate "C" NOT NULL,
	"secret_hash" text collate "C" NOT NULL,
	"scopes" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone,
	CONSTRAINT "personal_tokens_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "poses" (
	"user_id" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"name" text collate "C" NOT NULL,
	"sanskrit_name" text collate "C",
	"level" text collate "C" NOT NULL,
	"categories" jsonb NOT NULL,
	"two_sided" boolean NOT NULL,
	"hold_seconds" integer NOT NULL,
	"benefits" text collate "C",
	"cautions" text collate "C",
	"revision" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "poses_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "practices" (
	"user_id" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"date" text collate "C" NOT NULL,
	"sequence_id" text collate "C" NOT NULL,
	"title" text collate "C" NOT NULL,
	"total_seconds" integer NOT NULL,
	"note" text collate "C",
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "practices_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "profiles" (
	"user_id" text collate "C" PRIMARY KEY NOT NULL,
	"occupation" text collate "C",
	"home_address" text collate "C",
	"country" text collate "C",
	"county" text collate "C",
	"description" text collate "C",
	"linkedin" text collate "C",
	"facebook" text collate "C",
	"github" text collate "C",
	"instagram" text collate "C",
	"twitter" text collate "C",
	"youtube" text collate "C"
);
--> statement-breakpoint
CREATE TABLE "published_sequences" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"user_id" text collate "C" NOT NULL,
	"level" text collate "C",
	"total_seconds" integer NOT NULL,
	"category_key" text collate "C",
	"tag_keys" text collate "C" NOT NULL,
	"title_key" text collate "C" NOT NULL,
	"search_text" text collate "C" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sequences" (
	"user_id" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"title" text collate "C" NOT NULL,
	"description" text collate "C",
	"category" text collate "C",
	"tags" jsonb NOT NULL,
	"visibility" text collate "C" NOT NULL,
	"archived" boolean NOT NULL,
	"copied_from" text collate "C",
	"pose_count" integer NOT NULL,
	"level" text collate "C",
	"total_seconds" integer NOT NULL,
	"category_key" text collate "C",
	"tag_keys" text collate "C" NOT NULL,
	"title_key" text collate "C" NOT NULL,
	"search_text" text collate "C" NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"revision" integer NOT NULL,
	"poses" jsonb NOT NULL,
	CONSTRAINT "sequences_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "tasks" (
	"user_id" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"title" text collate "C" NOT NULL,
	"description" text collate "C",
	"completed_at" timestamp (3) with time zone,
	"due_on" text collate "C" NOT NULL,
	"title_key" text collate "C" NOT NULL,
	"digest" text collate "C",
	"revision" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"search_text" text collate "C" NOT NULL,
	CONSTRAINT "tasks_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "throttles" (
	"subject" text collate "C" PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL,
	"blocked_until" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "user_identities" (
	"user_id" text collate "C" NOT NULL,
	"id" text collate "C" NOT NULL,
	"provider" text collate "C" NOT NULL,
	"issuer" text collate "C" NOT NULL,
	"subject" text collate "C" NOT NULL,
	"email" text collate "C",
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "user_identities_pk" PRIMARY KEY("user_id","id")
);
--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "confirmed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "last_used_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "ip" text collate "C";--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "device" text collate "C";--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "task_version" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "email_verified_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "disabled_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "avatars" ADD CONSTRAINT "avatars_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "handover_codes" ADD CONSTRAINT "handover_codes_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "one_time_codes" ADD CONSTRAINT "one_time_codes_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "personal_tokens" ADD CONSTRAINT "personal_tokens_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "poses" ADD CONSTRAINT "poses_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "practices" ADD CONSTRAINT "practices_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "profiles" ADD CONSTRAINT "profiles_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sequences" ADD CONSTRAINT "sequences_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tasks" ADD CONSTRAINT "tasks_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_identities" ADD CONSTRAINT "user_identities_user_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "admin_audit_by_actor" ON "admin_audit" USING btree ("actor_id","id");--> statement-breakpoint
CREATE INDEX "admin_audit_by_target" ON "admin_audit" USING btree ("target_id","id");--> statement-breakpoint
CREATE INDEX "identities_by_user" ON "identities" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "oauth_states_by_expiry" ON "oauth_states" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "practices_by_day" ON "practices" USING btree ("user_id","date","id");--> statement-breakpoint
CREATE INDEX "practices_by_sequence" ON "practices" USING btree ("user_id","sequence_id","date","id");--> statement-breakpoint
CREATE INDEX "published_sequences_by_user" ON "published_sequences" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "published_sequences_by_title" ON "published_sequences" USING btree ("title_key","id");--> statement-breakpoint
CREATE INDEX "published_sequences_by_creation" ON "published_sequences" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "published_sequences_by_update" ON "published_sequences" USING btree ("updated_at","id");--> statement-breakpoint
CREATE INDEX "published_sequences_by_length" ON "published_sequences" USING btree ("total_seconds","id");--> statement-breakpoint
CREATE INDEX "sequences_by_update" ON "sequences" USING btree ("user_id","archived","updated_at","id");--> statement-breakpoint
CREATE INDEX "tasks_by_creation" ON "tasks" USING btree ("user_id","created_at","id");--> statement-breakpoint
CREATE INDEX "tasks_by_due_day" ON "tasks" USING btree ("user_id","due_on","id");--> statement-breakpoint
CREATE INDEX "tasks_by_title" ON "tasks" USING btree ("user_id","title_key","id");--> statement-breakpoint
CREATE INDEX "throttles_by_expiry" ON "throttles" USING btree ("expires_at");