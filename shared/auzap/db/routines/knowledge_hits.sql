-- A word as it sounds, roughly, so that what is misspelled or made small is still found: vassina, vacina; cafezinho, café.
CREATE OR REPLACE FUNCTION app.sound(word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(translate(
  replace(replace(replace(replace(replace(replace(replace(replace(replace(
    regexp_replace(word, 'z?inh$|-', '', 'g'), 'ch', 'x'), 'sh', 'x'), 'ph', 'f'), 'qu', 'k'), 'ce', 'se'), 'ci', 'si'), 'lh', 'li'), 'nh', 'ni'), 'h', ''),
  'zcykwg', 'skikvj'), '(.)\1+', '\1', 'g');

-- The words of a text as the index has them. Of a text that stands in a statement they are found once, when it is planned.
CREATE OR REPLACE FUNCTION app.stems(line text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN tsvector_to_array(to_tsvector('public.auzap_portuguese', line));

-- The words of each sentence of a question that say what it is about, as the index has them, and those that mean the same.
-- What is said in every question ("oi, tudo bem, vocês têm") says nothing.
CREATE OR REPLACE FUNCTION app.asked_words(query text) RETURNS TABLE (sentence integer, word text, alike text[])
LANGUAGE sql STABLE
AS $$
  WITH said AS (
    SELECT DISTINCT part.number::integer AS sentence, lexeme.word
    FROM regexp_split_to_table(left(query, 2000), '[.!?;\n]+') WITH ORDINALITY AS part (words, number),
      unnest(app.stems(part.words)) AS lexeme (word)
    WHERE lexeme.word ~ '[a-z]' AND length(lexeme.word) > 1 AND NOT lexeme.word = ANY (app.stems(
      'oi olá opa bom boa dia tarde noite tudo bem beleza por favor obrigado obrigada valeu gostaria queria quero querer saber '
      'pode posso poderia podem dá dar deu vc vcs você vocês voces cê aí ai ali aqui lá né tá ta to tô estou está são ser é era '
      'tem têm tenho ter temos tinha há vai vou vamos ir foi vem qual quais que quê quando quanto quanta quantos quantas como onde cadê quem porque por pra '
      'pro pras pros para até meu minha meus minhas seu sua seus suas dele dela ele ela eles elas esse essa isso este esta '
      'um uma uns umas o a os as de do da dos das no na nos nas em com e ou se mais muito muita já ainda também só sim não nao '
      'faz fazem fazer faço fazemos me te lhe mim preciso precisa alguém alguma algum coisa tipo então agora hoje gente pessoal '
      'sobre além mesmo msm tbm tb pq q eh informação informações dúvida ajuda ajudar dizer falar conta contar the you do'))
  ), meanings AS MATERIALIZED (
    SELECT words FROM (VALUES
      (app.stems('preço valor custa custo cobram tabela')),
      (app.stems('horário hora abre abrem fecha fecham funciona funcionamento aberto expediente')),
      (app.stems('endereço fica localização rua perto chegar localizam')),
      (app.stems('estacionamento estacionar carro vaga parar')),
      (app.stems('pagamento pagar pago pix cartão débito crédito dinheiro parcelar parcela vezes formas')),
      (app.stems('cachorro cão cães dog cachorrinho cadela cachorra doguinho')),
      (app.stems('gato gata felino gatinho gatinha')),
      (app.stems('pássaro ave aves calopsita papagaio passarinho')),
      (app.stems('filhote bebê filhotinho')),
      (app.stems('pet animal bicho bichinho')),
      (app.stems('cancelar desmarcar cancelamento desistir desistência')),
      (app.stems('marcar agendar reservar agendamento reserva')),
      (app.stems('atraso atrasar atrasado atrasada tarde')),
      (app.stems('transporte buscar busca leva levam táxi')),
      (app.stems('banho banhar lavar')),
      (app.stems('tosa tosar corte cortar aparar')),
      (app.stems('demora tempo duração dura')),
      (app.stems('bravo agressivo morde brabo mordedor')),
      (app.stems('pulga carrapato antipulgas pulgas')),
      (app.stems('vacina vacinar vacinação aplicar imunização dose')),
      (app.stems('veterinário veterinária vet médico doutora consulta')),
      (app.stems('emergência urgência socorro plantão 24h')),
      (app.stems('castrar castração cirurgia')),
      (app.stems('ração comida alimento alimentação')),
      (app.stems('entregar entrega delivery frete')),
      (app.stems('trocar troca devolver devolução')),
      (app.stems('pacote plano mensal assinatura assinar mensalidade')),
      (app.stems('desconto promoção')),
      (app.stems('adestramento adestrar treinar treinamento adestrador ensinar aula')),
      (app.stems('xixi cocô necessidades')),
      (app.stems('creche daycare')),
      (app.stems('hotel hospedagem hospedar hotelzinho hóspede estadia pernoite diária')),
      (app.stems('remédio medicamento medicação')),
      (app.stems('xampu shampoo')),
      (app.stems('alergia hipoalergênico alérgico sensível')),
      (app.stems('adoção adotar')),
      (app.stems('dente dental escovação tártaro hálito')),
      (app.stems('idoso velho velhinho cardíaco coração')),
      (app.stems('passear passeio passeia')),
      (app.stems('checkout saída')), (app.stems('checkin entrada')),
      (app.stems('nf nota fiscal cnpj')),
      (app.stems('vermífugo verme vermifugar')),
      (app.stems('ver assistir olhar acompanhar')),
      (app.stems('mínimo mínima idade meses')),
      (app.stems('câmera filmagem vídeo'))
    ) AS known (words)
  )
  SELECT said.sentence, said.word, ARRAY(
    SELECT DISTINCT other FROM meanings m, unnest(m.words) AS other WHERE said.word = ANY (m.words) AND other <> said.word)
  FROM said
$$;

-- A word of the index as a query of its own; `place` is the weight that it must have there, or none.
CREATE OR REPLACE FUNCTION app.lexeme(word text, place text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ('''' || replace(replace(word, '\', '\\'), '''', '''''') || '''' || CASE place WHEN '' THEN '' ELSE ':' || place END)::tsquery;

-- Everything the shop has taught these audiences, entries and pieces of documents alike.
CREATE OR REPLACE FUNCTION app.knowledge_texts(audiences text[])
RETURNS TABLE (id uuid, kind text, question text, body text, priority smallint, search tsvector, embedding vector, embedding_model text)
LANGUAGE sql STABLE
AS $$
  SELECT e.id, 'entry',
    -- The words of a question that was escalated are a customer's: no price, hour or link of theirs is a fact of the shop's.
    CASE e.source WHEN 'escalation' THEN regexp_replace(e.question, '[^[:alpha:][:space:]?!,()-]', '', 'g') ELSE e.question END,
    e.answer, e.priority, e.search, e.embedding, e.embedding_model
  FROM public.knowledge_entries e WHERE e.is_active AND e.audience = ANY (audiences)
  UNION ALL
  SELECT c.id, 'chunk', d.title, c.text, 5::smallint, c.search, c.embedding, c.embedding_model
  FROM public.knowledge_documents d JOIN public.knowledge_chunks c ON c.document_id = d.id WHERE d.audience = ANY (audiences)
$$;

-- What the shop has taught that answers a question: in full text, ranked from 0 to 1 by how much of what is asked it speaks
-- of, words that few texts have counting most; what stands in a question weighs 70, what stands in an answer 30. Below a
-- fifth it speaks of something else.
CREATE OR REPLACE FUNCTION app.knowledge_matches(query text, audiences text[], most integer)
RETURNS TABLE (id uuid, kind text, question text, body text, score double precision)
LANGUAGE sql STABLE
AS $$
  WITH asked AS MATERIALIZED (
    SELECT * FROM app.asked_words(query)
  ), texts AS MATERIALIZED (
    SELECT t.id, t.kind, t.question, t.body, t.priority, t.search FROM app.knowledge_texts(audiences) t
    WHERE EXISTS (SELECT FROM asked)
  ), size AS (
    SELECT count(*) AS texts FROM texts
  ), meant AS MATERIALIZED (
    SELECT a.word, spelled.strength, app.lexeme(spelled.word, '') AS anywhere, app.lexeme(spelled.word, 'A') AS asked
    FROM (SELECT DISTINCT word, alike FROM asked) a,
      LATERAL (SELECT a.word, 1.0 AS strength UNION ALL SELECT other, 0.8 FROM unnest(a.alike) AS other) AS spelled
  ), known AS MATERIALIZED (
    SELECT m.word, m.strength, t.id, t.search @@ m.asked AS in_question FROM meant m JOIN texts t ON t.search @@ m.anywhere
  ), strange AS MATERIALIZED (
    SELECT DISTINCT m.word, app.sound(m.word) AS sound FROM meant m
    WHERE length(m.word) > 2 AND NOT EXISTS (SELECT FROM known k WHERE k.word = m.word)
  ), vocabulary AS MATERIALIZED (
    SELECT v.word, app.sound(v.word) AS sound
    FROM (SELECT DISTINCT unnest(tsvector_to_array(t.search)) AS word FROM texts t WHERE EXISTS (SELECT FROM strange)) v
    WHERE v.word ~ '[a-z]'
  ), guessed AS MATERIALIZED (
    SELECT s.word, near.likeness, app.lexeme(near.word, '') AS anywhere, app.lexeme(near.word, 'A') AS asked
    FROM strange s CROSS JOIN LATERAL (
      SELECT v.word, similarity(v.sound, s.sound) AS likeness FROM vocabulary v
      -- A slip near the end of a word keeps its ending on it: "estacionameto" begins with the stem of what was meant.
      WHERE abs(length(v.sound) - length(s.sound)) < 4 OR starts_with(s.sound, v.sound) ORDER BY 2 DESC, 1 LIMIT 1) near
    -- Of a short word there is not much that could be misspelled.
    WHERE near.likeness >= CASE WHEN length(s.sound) < 4 THEN 0.9 ELSE 0.5 END
  ), found AS (
    SELECT word, id, max(strength) AS strength, bool_or(in_question) AS in_question FROM (
      SELECT k.word, k.id, k.strength, k.in_question FROM known k
      UNION ALL
      SELECT g.word, t.id, 0.9 * g.likeness, t.search @@ g.asked FROM guessed g JOIN texts t ON t.search @@ g.anywhere) each
    GROUP BY word, id
  ), weighed AS (
    SELECT a.word, ln(1 + s.texts / greatest(1.0, (SELECT count(*) FROM found f WHERE f.word = a.word))) AS weight
    FROM (SELECT DISTINCT word FROM asked) a, size s
  ), scored AS (
    SELECT f.id, a.sentence,
      sum(w.weight * f.strength * CASE WHEN f.in_question THEN 1.0 WHEN t.kind = 'chunk' THEN 0.5 ELSE 0.43 END) / min(whole.weight) AS score
    FROM asked a JOIN weighed w USING (word) JOIN found f USING (word) JOIN texts t USING (id)
    JOIN (SELECT sentence, sum(weight) AS weight FROM asked JOIN weighed USING (word) GROUP BY sentence) whole
      ON whole.sentence = a.sentence
    GROUP BY f.id, a.sentence
  )
  SELECT t.id, t.kind, t.question, t.body, max(s.score) AS score
  FROM scored s JOIN texts t USING (id) GROUP BY t.id, t.kind, t.question, t.body, t.priority, t.search HAVING max(s.score) >= 0.2
  ORDER BY round(max(s.score)::numeric, 2) DESC,
    ts_rank_cd('{0.3, 0.3, 0.3, 0.7}', t.search, (SELECT string_agg(app.lexeme(word, '')::text, ' | ') FROM asked)::tsquery, 1) DESC,
    t.priority DESC, t.id
  LIMIT most
$$;

-- The same by meaning: what lies near a question's vector, of the model that made both. Others are not comparable.
CREATE OR REPLACE FUNCTION app.knowledge_near(
  asked vector, model text, least_likeness double precision, audiences text[], most integer)
RETURNS TABLE (id uuid, kind text, question text, body text, score double precision)
LANGUAGE sql STABLE
AS $$
  SELECT near.id, near.kind, near.question, near.body, near.likeness FROM (
    SELECT t.id, t.kind, t.question, t.body, t.priority,
      CASE WHEN vector_dims(t.embedding) = vector_dims(asked) THEN 1 - (t.embedding <=> asked) END AS likeness
    FROM app.knowledge_texts(audiences) t WHERE t.embedding_model = model) near
  WHERE near.likeness >= least_likeness ORDER BY near.likeness DESC, near.priority DESC, near.id LIMIT most
$$;

-- What the customers' agent knows of a question, for the context of a turn.
CREATE OR REPLACE FUNCTION app.knowledge_hits(query text, most integer) RETURNS jsonb
LANGUAGE sql STABLE
RETURN (
  SELECT coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'kind', m.kind, 'question', m.question, 'text', m.body,
    'score', round(m.score::numeric, 2)) ORDER BY m.place), '[]')
  FROM app.knowledge_matches(query, '{customers}', most) WITH ORDINALITY AS m (id, kind, question, body, score, place));

-- What was shown to a model has been used. In the order of the ids: two turns of a shop may show the same.
CREATE OR REPLACE FUNCTION app.count_knowledge(shown uuid[]) RETURNS void
LANGUAGE sql
AS $$
  WITH entries AS (
    SELECT e.id FROM public.knowledge_entries e WHERE e.id = ANY (shown) ORDER BY e.id FOR NO KEY UPDATE
  ), chunks AS (
    SELECT c.id FROM public.knowledge_chunks c WHERE c.id = ANY (shown) ORDER BY c.id FOR NO KEY UPDATE
  ), counted AS (
    UPDATE public.knowledge_entries e SET usage_count = e.usage_count + 1, last_used_at = app.now() FROM entries WHERE e.id = entries.id
  )
  UPDATE public.knowledge_chunks c SET usage_count = c.usage_count + 1, last_used_at = app.now() FROM chunks WHERE c.id = chunks.id
$$;

GRANT EXECUTE ON FUNCTION app.sound(text), app.stems(text), app.lexeme(text, text), app.asked_words(text), app.knowledge_texts(text[]),
  app.knowledge_matches(text, text[], integer), app.knowledge_near(vector, text, double precision, text[], integer),
  app.knowledge_hits(text, integer), app.count_knowledge(uuid[]) TO auzap_app;
